"""Bins: balanced, stable under rounding, with a place for ties, constants and missing values."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from onespec.runtime.monitoring.bins import (
    bin_counts,
    bin_edges,
    category_counts,
    top_categories,
    unseen_rows,
)
from onespec.runtime.monitoring.columns import instants, numbers, words

floats = arrays(np.float64, st.integers(0, 60), elements=st.floats(allow_infinity=False))


def test_deciles_of_distinct_values() -> None:
    edges = bin_edges(np.arange(1000.0))
    counts = bin_counts(np.arange(1000.0), edges)
    assert len(edges) == 9
    assert np.ptp(counts[:-1]) <= 2
    assert counts[-1] == 0


def test_a_value_that_is_most_of_the_rows_has_its_own_bin() -> None:
    values = np.concatenate([np.zeros(700), np.linspace(-1, -0.1, 150), np.linspace(0.1, 1, 150)])
    edges = bin_edges(values)
    own = bin_counts(np.zeros(5), edges)
    place = int(np.argmax(own))
    assert bin_counts(values, edges)[place] == 700


def test_a_constant_sees_any_other_value() -> None:
    edges = bin_edges(np.full(50, 7.0))
    assert bin_counts(np.array([6.9, 7.0, 7.1, np.nan]), edges).tolist() == [1, 1, 1, 1]


def test_no_values_give_one_bin() -> None:
    assert bin_counts(np.array([np.nan, 1.0]), bin_edges(np.full(3, np.nan))).tolist() == [1, 1]


@settings(max_examples=80, deadline=None)
@given(floats)
def test_every_row_is_counted_once(values: np.ndarray) -> None:
    edges = bin_edges(values)
    counts = bin_counts(values, edges)
    assert counts.sum() == len(values)
    assert counts[-1] == np.isnan(values).sum()
    assert (np.diff(edges) > 0).all()


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, st.integers(1, 80), elements=st.integers(-(10**4), 10**4)), st.randoms())
def test_single_precision_and_order_do_not_move_rows(values: np.ndarray, random: object) -> None:
    tenths = values / 10
    edges = bin_edges(tenths)
    shuffled = tenths.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    expected = bin_counts(tenths, edges).tolist()
    assert bin_counts(tenths.astype(np.float32).astype(np.float64), edges).tolist() == expected
    assert bin_counts(shuffled, bin_edges(shuffled)).tolist() == expected


def test_categories() -> None:
    column = words(pa.chunked_array([["b", None, "a"], ["a", "c", "d", "a"]]))
    assert top_categories(column, 2) == ("a", "b")
    assert category_counts(column, ("a", "b")).tolist() == [3, 1, 2, 1]
    assert unseen_rows(column, ["a", "b", "c"]) == 1
    assert unseen_rows(column, ["a", "b", "c", "d"]) == 0


def test_columns_of_every_type() -> None:
    assert words(pa.array([True, False, None])).categories == ("false", "true")
    assert words(pa.nulls(3)).codes.tolist() == [-1, -1, -1]
    assert words(pa.array(["x", "y"]).dictionary_encode()).categories == ("x", "y")
    assert numbers(pa.array([1, None, 3])).tolist()[::2] == [1.0, 3.0]
    assert np.isnan(numbers(pa.array([np.inf, np.nan, None]))).all()
    assert numbers(pa.array([1_500_000], pa.timestamp("us", "UTC"))).tolist() == [1.5]
    assert numbers(pa.array([3], pa.date32())).tolist() == [3.0]
    assert instants(pa.chunked_array([pa.array([7, None], pa.timestamp("us"))])).tolist()[0] == 7
    assert numbers(pa.nulls(2)).shape == (2,)


@pytest.mark.parametrize("size", [0, 1, 2])
def test_tiny_columns(size: int) -> None:
    values = np.arange(float(size))
    assert bin_counts(values, bin_edges(values)).sum() == size
