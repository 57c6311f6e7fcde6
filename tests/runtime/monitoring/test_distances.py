"""Distances against numbers worked out by hand, scipy, and their defining properties."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from onespec.runtime.monitoring import distances

counts = st.lists(st.integers(0, 500), min_size=2, max_size=12)


def two_counts(data: st.DataObject) -> tuple[np.ndarray, np.ndarray]:
    first = data.draw(counts.filter(any))
    same = st.lists(st.integers(0, 500), min_size=len(first), max_size=len(first))
    return np.array(first), np.array(data.draw(same.filter(any)))


def test_psi_by_hand() -> None:
    # Shares (49.5+1)/101 and so on: (50.5, 50.5)/101 against (90.5, 10.5)/101.
    p, q = (50.5 / 101, 50.5 / 101), (90.5 / 101, 10.5 / 101)
    by_hand = sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))
    found = distances.psi(np.array([50, 50]), np.array([90, 10]))
    assert found == pytest.approx(by_hand, rel=1e-12)
    assert found == pytest.approx(0.8531, abs=5e-4)


def test_the_textbook_bounds_keep_their_meaning() -> None:
    # Ten bins of a standard normal, shifted by 0.3, 0.5 and 1 standard deviations.
    edges = stats.norm.ppf(np.arange(1, 10) / 10)
    training = np.full(10, 100_000)
    found = [
        distances.psi(
            training, np.diff([0, *stats.norm.cdf(edges - shift), 1]).dot(1e6 * np.eye(10)) // 1
        )
        for shift in (0.3, 0.5, 1.0)
    ]
    assert found[0] < 0.1 < found[1] < 0.25 < found[2]


def test_an_unseen_category_in_a_few_rows_is_no_alarm() -> None:
    reference, window = np.array([600_000, 400_000, 0]), np.array([594, 396, 10])
    assert distances.psi(reference, window) < 0.1
    assert distances.psi(reference, np.array([540, 360, 100])) > 0.25


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_psi_is_never_negative_and_zero_for_the_same(data: st.DataObject) -> None:
    first, second = two_counts(data)
    assert (distances.psi_terms(first, second) >= 0).all()
    assert distances.psi(first, first) == 0
    assert distances.psi(second, second) == 0


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(0, 2**32 - 1))
def test_the_order_of_bins_does_not_matter(data: st.DataObject, seed: int) -> None:
    first, second = two_counts(data)
    order = np.random.default_rng(seed).permutation(len(first))
    for distance in (distances.psi, distances.jensen_shannon, distances.total_variation):
        shuffled = distance(first[order], second[order])
        assert shuffled == pytest.approx(distance(first, second), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_jensen_shannon_equals_scipy(data: st.DataObject) -> None:
    first, second = two_counts(data)
    expected = jensenshannon(first, second, base=2)
    expected = 0.0 if np.isnan(expected) else expected
    assert distances.jensen_shannon(first, second) == pytest.approx(expected, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-40, 40), min_size=5, max_size=60),
    st.lists(st.integers(-40, 40), min_size=5, max_size=60),
)
def test_kolmogorov_smirnov_equals_scipy(first: list[int], second: list[int]) -> None:
    a, b = np.sort(np.array(first, float)), np.array(second, float)
    found = distances.kolmogorov_smirnov(a, b)
    assert found == pytest.approx(stats.ks_2samp(a, b, method="asymp").statistic, abs=1e-12)


@pytest.mark.parametrize("distance", [0.02, 0.05, 0.08, 0.12])
def test_the_tail_of_kolmogorov(distance: float) -> None:
    n, m = 1500, 900
    expected = stats.kstwobign.sf(distance * math.sqrt(n * m / (n + m)))
    assert distances.kolmogorov_p(distance, n, m) == pytest.approx(expected, rel=0.15, abs=1e-6)


@pytest.mark.parametrize("freedom", [1, 4, 10, 20])
@pytest.mark.parametrize("p", [0.5, 0.05, 1e-3, 1e-5])
def test_the_tail_of_chi_squared(freedom: int, p: float) -> None:
    found = distances.chi_squared_tail(stats.chi2.isf(p, freedom), freedom)
    assert found == pytest.approx(p, rel=1e-9)


def test_chi_squared_equals_scipy() -> None:
    first, second = np.array([120, 80, 40, 9]), np.array([90, 110, 30, 12])
    expected = stats.chi2_contingency(np.array([first, second]), correction=False).pvalue
    assert distances.chi_squared_p(first, second) == pytest.approx(expected, rel=1e-9)


def test_missing_values_are_drift_for_kolmogorov() -> None:
    values = np.linspace(0, 1, 500)
    assert distances.kolmogorov_smirnov(values, values, (0.0, 0.0)) == 0
    assert distances.kolmogorov_smirnov(values, values, (0.0, 0.4)) == pytest.approx(0.4)
    assert distances.kolmogorov_smirnov(values, np.empty(0), (0.1, 1.0)) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("noise", "distance"),
    [
        (distances.psi_noise, distances.psi),
        (distances.total_variation_noise, distances.total_variation),
    ],
)
def test_noise_is_what_chance_gives(noise: object, distance: object) -> None:
    random = np.random.default_rng(5)
    shares = np.array([0.3, 0.2, 0.2, 0.1, 0.1, 0.05, 0.05])
    pairs = [
        (random.multinomial(4000, shares), random.multinomial(600, shares)) for _ in range(400)
    ]
    found = np.mean([distance(a, b) for a, b in pairs])  # type: ignore[operator]
    expected = np.mean([noise(a, b) for a, b in pairs])  # type: ignore[operator]
    assert found == pytest.approx(expected, rel=0.1)
