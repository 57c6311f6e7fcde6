"""Feature columns or rows as the two arrays that a model reads: the one conversion for both.

A number becomes float32 by way of float64, a boolean 0 or 1; null, NaN and ±infinity become NaN.
A string stays itself, and null becomes the word `MISSING`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...compiler.interfaces import model_inputs
from ...compiler.interfaces.model_inputs import MISSING, Signature
from ...compiler.plan import Feature
from ..errors import StepError

# From here on, a number rounds to an infinite float32.
BEYOND_FLOAT32 = float(2**128 - 2**103)

# The entry of a model's metadata that names the features it reads.
SIGNATURE_KEY = "onespec.signature"


def output_name(classes: Sequence[object]) -> str:
    """The name of a model's only output: one score a row, or one for each of its classes."""
    return "probabilities" if classes else "score"


Float32s = NDArray[np.float32]
Strings = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class ModelInputs:
    """`numeric` of shape (rows, k) and `categorical` of shape (rows, m), contiguous."""

    numeric: Float32s
    categorical: Strings

    def __len__(self) -> int:
        return len(self.numeric)

    def column(self, place: int) -> NDArray[Any]:
        """A view of column `place`, numeric columns first."""
        width = self.numeric.shape[1]
        return self.numeric[:, place] if place < width else self.categorical[:, place - width]

    def rows(self, index: Any) -> "ModelInputs":
        """The rows that a numpy index selects."""
        return ModelInputs(
            np.ascontiguousarray(self.numeric[index]),
            np.ascontiguousarray(self.categorical[index]),
        )


def signature(features: Iterable[Feature]) -> Signature:
    """Raises StepError where a feature has a type that models do not read."""
    try:
        return model_inputs.signature(features)
    except model_inputs.NoInputError as error:
        raise StepError(
            f"{error}, which a model cannot read",
            remedy="derive a number from it, such as `hour(…)`",
        ) from None


def from_columns(columns: Mapping[str, Any], wanted: Signature) -> ModelInputs:
    """Columns are Arrow arrays, numpy arrays or sequences of equal length; others are ignored."""
    missing = [name for name in wanted.references if name not in columns]
    if missing:
        raise StepError(f"the data lacks the columns {', '.join(missing)}")
    numeric = [numbers(columns[name], name) for name in wanted.numeric]
    categorical = [strings(columns[name], name) for name in wanted.categorical]
    lengths = {len(column) for column in (*numeric, *categorical)}
    if len(lengths) > 1:
        raise StepError(f"feature columns differ in length: {sorted(lengths)}")
    rows = lengths.pop() if lengths else 0
    matrix = np.empty((rows, len(numeric)), dtype=np.float32)
    for place, column in enumerate(numeric):
        matrix[:, place] = column
    words = np.empty((rows, len(categorical)), dtype=object)
    for place, texts in enumerate(categorical):
        words[:, place] = texts
    return ModelInputs(matrix, words)


def numbers(values: Any, name: str) -> Float32s:
    """A column of numbers or booleans as float32, NaN where there is no finite value."""
    try:
        doubles = _doubles(values)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, TypeError, ValueError) as error:
        raise StepError(f"column `{name}` does not hold numbers: {error}") from error
    return finite32(doubles)


def finite32(doubles: NDArray[np.float64]) -> Float32s:
    """Rounded to float32; NaN where the value is infinite or beyond float32's range."""
    with np.errstate(over="ignore"):
        singles = doubles.astype(np.float32)
    infinite = np.isinf(singles)
    if infinite.any():
        singles[infinite] = np.nan
    return singles


def strings(values: Any, name: str) -> Strings:
    """A column of strings as objects, `MISSING` where null."""
    if isinstance(values, pa.Array | pa.ChunkedArray):
        if not _is_text(values.type):
            raise StepError(f"column `{name}` is {values.type}, and strings are needed")
        values = values.to_pylist()
    words = np.empty(len(values), dtype=object)
    words[:] = [MISSING if value is None else value for value in values]
    if not all(isinstance(word, str) for word in words):
        raise StepError(f"column `{name}` holds something other than strings")
    return words


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_null(kind)
    )


def _doubles(values: Any) -> NDArray[np.float64]:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return _arrow_doubles(values)
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        return values.astype(np.float64)
    if isinstance(values, np.ndarray) and values.dtype.kind != "O":
        raise TypeError(f"numpy type {values.dtype}")
    return _python_doubles(values)


def _arrow_doubles(values: Any) -> NDArray[np.float64]:
    kind = values.type
    if not (
        pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    ):
        raise TypeError(f"Arrow type {kind}")
    if pa.types.is_boolean(kind):
        values = values.cast(pa.int8())
    doubles = values.cast(pa.float64(), safe=False)
    if isinstance(doubles, pa.ChunkedArray):
        doubles = doubles.combine_chunks()
    array: NDArray[np.float64] = doubles.to_numpy(zero_copy_only=False)
    return array


def _python_doubles(values: Sequence[Any]) -> NDArray[np.float64]:
    for value in values:
        if isinstance(value, str | bytes):
            raise TypeError("text")
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
