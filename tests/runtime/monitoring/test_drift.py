"""Drift: silent on noise, loud on planted changes, whatever the method."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from onespec.compiler.plan import Drift
from onespec.runtime.monitoring.buckets import Buckets
from onespec.runtime.monitoring.drift import ColumnDrift, Compared, measure_drift
from onespec.runtime.monitoring.profile import profile_column

DAY = 86_400_000_000
BOUNDS = {"psi": (0.1, 0.25), "ks": (0.1, 0.2), "js": (0.1, 0.2)}
METHODS = tuple(BOUNDS)
CARRIERS = [f"C{i:02d}" for i in range(40)]
POPULARITY = np.array([1 / (i + 1) for i in range(40)]) / sum(1 / (i + 1) for i in range(40))


def sample(random: np.random.Generator, n: int) -> dict[str, tuple[str, Any]]:
    """Columns of every shape that is hard for a drift measure: ties, zeros, rare categories."""
    heavy = np.where(random.random(n) < 0.7, 0.0, random.exponential(2.0, n))
    seats = random.choice([20, 55, 140, 182], n).astype(np.int64)
    return {
        "normal": ("float", pa.array(random.standard_normal(n))),
        "heavy": ("float", pa.array(heavy)),
        "holes": ("float", pa.array(random.standard_normal(n), mask=random.random(n) < 0.3)),
        "seats": ("int", pa.array(seats)),
        "flag": ("bool", pa.array(random.random(n) < 0.03)),
        "carrier": ("string", pa.array(random.choice(CARRIERS, n, p=POPULARITY))),
    }


def drift_of(
    training: dict[str, tuple[str, Any]],
    window: dict[str, tuple[str, Any]],
    method: str,
    minimum_rows: int = 100,
    buckets: int = 8,
) -> list[ColumnDrift]:
    drift = Drift(method, *BOUNDS[method])  # type: ignore[arg-type]
    rows = len(next(iter(window.values()))[1])
    times = np.linspace(0, 7 * DAY - 1, rows).astype(np.int64)
    compared = [
        Compared(name, "feature", profile_column(training[name][1], kind), column, times)
        for name, (kind, column) in window.items()
    ]
    return measure_drift(compared, drift, minimum_rows, Buckets.of(0, 7 * DAY, buckets))


@pytest.mark.parametrize("method", METHODS)
def test_no_drift_is_no_alarm(method: str) -> None:
    random = np.random.default_rng(11)
    training = sample(random, 5000)
    trials, alarms = 30, 0
    for _ in range(trials):
        for rows in (120, 900):
            found = drift_of(training, sample(random, rows), method, buckets=1)
            alarms += any(column.state != "ok" for column in found)
    # 60 windows of 6 columns. None alarmed: with 95% certainty fewer than 5% do.
    assert alarms == 0


@pytest.mark.parametrize("method", METHODS)
def test_small_samples_are_biased_without_the_correction(method: str) -> None:
    """The control of the test above: the raw distance passes the bound on nothing but noise."""
    random = np.random.default_rng(12)
    training = sample(random, 5000)
    found = [c for _ in range(10) for c in drift_of(training, sample(random, 120), method)]
    raw = [c.measure.value for c in found if c.measure]
    assert max(raw) > BOUNDS[method][0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("planted", ["normal", "heavy", "holes", "seats", "flag", "carrier"])
def test_planted_drift_is_found_first(method: str, planted: str) -> None:
    random = np.random.default_rng(13)
    training, window = sample(random, 5000), sample(random, 1500)
    n, kind = 1500, window[planted][0]
    moved: dict[str, Any] = {
        "normal": pa.array(random.standard_normal(n) + 1.2),
        "heavy": pa.array(random.exponential(2.0, n)),
        "holes": pa.array(random.standard_normal(n), mask=random.random(n) < 0.75),
        "seats": pa.array(random.choice([20, 55, 300], n).astype(np.int64)),
        "flag": pa.array(random.random(n) < 0.5),
        "carrier": pa.array(random.choice(["C00", "new"], n)),
    }
    found = drift_of(training, {**window, planted: (kind, moved[planted])}, method)
    assert found[0].name == planted
    assert found[0].state == "alert"
    assert [c.state for c in found[1:]] == ["ok"] * 5
    assert found[0].shift


@pytest.mark.parametrize("method", METHODS)
def test_too_few_rows_are_insufficient_whatever_they_hold(method: str) -> None:
    random = np.random.default_rng(14)
    window = {"normal": ("float", pa.array(random.standard_normal(60) + 5))}
    (found,) = drift_of(sample(random, 5000), window, method)
    assert found.state == "insufficient"
    assert found.measure is not None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["float", "string"])
def test_all_null_windows_and_profiles(method: str, kind: str) -> None:
    random = np.random.default_rng(15)
    values = (
        pa.array(random.standard_normal(500)) if kind == "float" else pa.array(["a", "b"] * 250)
    )
    nothing = pa.nulls(500, pa.float64() if kind == "float" else pa.string())
    (lost,) = drift_of({"x": (kind, values)}, {"x": (kind, nothing)}, method)
    assert lost.state == "alert"
    assert lost.missing == {"reference": 0.0, "window": 1.0}
    assert "missing in 100% of rows" in lost.shift
    (found,) = drift_of({"x": (kind, nothing)}, {"x": (kind, values)}, method)
    assert found.state == "alert"
    (same,) = drift_of({"x": (kind, nothing)}, {"x": (kind, nothing)}, method)
    assert same.state == "ok"
    assert (
        drift_of({"x": (kind, values)}, {"x": (kind, nothing.slice(0, 0))}, method)[0].measure
        is None
    )


def test_quality_shares() -> None:
    training = {
        "x": ("float", pa.array(np.linspace(0, 1, 1000))),
        "c": ("string", pa.array(["a", "b"] * 500)),
    }
    window = {
        "x": ("float", pa.array([0.5] * 700 + [2.0] * 200 + [None] * 100)),
        "c": ("string", pa.array(["a"] * 800 + ["z"] * 150 + [None] * 50)),
    }
    found = {c.name: c for c in drift_of(training, window, "psi")}
    assert found["x"].out_of_range == pytest.approx(0.2)
    assert found["x"].missing["window"] == pytest.approx(0.1)
    assert found["c"].unseen == pytest.approx(0.15)
    assert found["c"].out_of_range is None


def test_the_trend_shows_when_it_began() -> None:
    random = np.random.default_rng(16)
    values = np.where(np.arange(4200) < 2100, 0.0, 3.0) + random.standard_normal(4200)
    window = {"normal": ("float", pa.array(values))}
    (found,) = drift_of(sample(random, 5000), window, "psi")
    effects = [point["effect"] for point in found.trend]
    half = len(effects) // 2
    assert max(effects[: half - 1]) < 0.25 < min(effects[half + 1 :])


def test_the_order_of_rows_does_not_matter() -> None:
    random = np.random.default_rng(17)
    training, window = sample(random, 3000), sample(random, 800)
    order = pa.array(random.permutation(800))
    shuffled = {name: (kind, column.take(order)) for name, (kind, column) in window.items()}
    first = [(c.name, c.measure) for c in drift_of(training, window, "psi")]
    assert [(c.name, c.measure) for c in drift_of(training, shuffled, "psi")] == first
