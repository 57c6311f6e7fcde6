"""Columns and rows become the same arrays, whatever holds them."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from onespec.compiler.interfaces.model_inputs import MISSING, Signature
from onespec.compiler.plan import Feature
from onespec.runtime.errors import StepError
from onespec.runtime.trainers.inputs import from_columns, numbers, signature, strings
from onespec.runtime.trainers.onnx_trees import floor32

VALUES = st.lists(st.none() | st.floats() | st.integers(-(2**62), 2**62), max_size=20)


@given(VALUES)
def test_python_and_arrow_agree(values: list[float | int | None]) -> None:
    doubles = [None if v is None else float(v) for v in values]
    python = numbers(values, "x")
    arrow = numbers(pa.array(doubles, pa.float64()), "x")
    np.testing.assert_array_equal(python, arrow)
    assert not np.isinf(python).any()


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=20))
def test_whole_numbers_round_once_by_way_of_float64(values: list[int | None]) -> None:
    arrow = numbers(pa.array(values, pa.int64()), "x")
    np.testing.assert_array_equal(arrow, numbers(values, "x"))


def test_types_of_columns() -> None:
    expected = np.array([1, 0, np.nan], dtype=np.float32)
    for column in (
        [True, False, None],
        pa.array([True, False, None]),
        pa.chunked_array([[True], [False, None]]),
        np.array([1.0, 0.0, np.inf]),
        pa.array([1, 0, None], pa.int8()),
        pa.array([1.0, 0.0, None], pa.float32()),
    ):
        np.testing.assert_array_equal(numbers(column, "x"), expected)
    assert np.isnan(numbers(pa.nulls(3), "x")).all()


@pytest.mark.parametrize(
    "column", [["1"], pa.array(["1"]), np.array(["1"]), pa.array([0], pa.timestamp("us"))]
)
def test_what_is_no_number_is_refused(column: object) -> None:
    with pytest.raises(StepError, match="`x` does not hold numbers"):
        numbers(column, "x")


def test_strings() -> None:
    words = pa.array(["b", None, ""]).dictionary_encode()
    assert strings(words, "x").tolist() == ["b", MISSING, ""]
    with pytest.raises(StepError, match="strings are needed"):
        strings(pa.array([1]), "x")
    with pytest.raises(StepError, match="other than strings"):
        strings(["a", 1], "x")


def test_columns_of_a_signature() -> None:
    made = from_columns({"a": [1, 2], "w": ["x", None], "other": [0]}, Signature(("a",), ("w",)))
    assert made.numeric.shape == (2, 1)
    assert made.numeric.flags.c_contiguous
    assert made.categorical.tolist() == [["x"], [MISSING]]
    with pytest.raises(StepError, match="lacks the columns b"):
        from_columns({"a": [1]}, Signature(("a", "b"), ()))
    with pytest.raises(StepError, match="differ in length"):
        from_columns({"a": [1], "b": [1, 2]}, Signature(("a", "b"), ()))


def test_a_timestamp_is_no_model_input() -> None:
    with pytest.raises(StepError, match="is a timestamp"):
        signature([Feature("v.t", "timestamp", True, "v", "t")])


@given(arrays(np.float64, 8, elements=st.floats(allow_nan=False)))
def test_floor32_is_the_largest_float32_not_above(values: np.ndarray) -> None:  # type: ignore[type-arg]
    found = floor32(values)
    assert (found.astype(np.float64) <= values).all()
    with np.errstate(over="ignore"):
        above = np.nextafter(found, np.float32(math.inf)).astype(np.float64)
    assert ((above > values) | np.isposinf(values)).all()
