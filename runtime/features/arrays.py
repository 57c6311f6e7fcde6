"""Arrow columns to numpy arrays and back: the edge of the kernel."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .errors import PointInTimeError

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Numbers = NDArray[Any]

# Times beyond ±36,000 years are refused, so that adding a duration never overflows.
TIME_LIMIT = 1 << 60


@dataclass(frozen=True, slots=True)
class Nullable:
    """Values of shape (n,) and where they are present; `valid` is None where all are."""

    values: Numbers
    valid: Bools | None


def combined(column: Any) -> Any:
    """The column as one contiguous Arrow array."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.combine_chunks()


def validity(array: Any) -> Bools | None:
    """Where the array is not null; None where it has no nulls."""
    if array.null_count == 0:
        return None
    valid: Bools = array.is_valid().to_numpy(zero_copy_only=False)
    return valid


def to_nullable(column: Any) -> Nullable:
    """A numeric or boolean column as numpy values (0 where null; booleans as int8)."""
    array = combined(column)
    valid = validity(array)
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    if valid is not None:
        array = array.fill_null(0)
    return Nullable(array.to_numpy(zero_copy_only=False), valid)


def to_times(column: Any, name: str) -> Nullable:
    """A timestamp column as int64 microseconds UTC.

    Raises PointInTimeError for other types, and where a time is not a whole microsecond or lies
    more than 36,000 years away.
    """
    array = combined(column)
    if pa.types.is_null(array.type):
        array = array.cast(pa.timestamp("us", "UTC"))
    if not pa.types.is_timestamp(array.type):
        raise PointInTimeError(f"column {name!r} is {array.type}, and a timestamp is needed")
    try:
        micros = array.cast(pa.timestamp("us", array.type.tz)).cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise PointInTimeError(
            f"column {name!r} holds times that are not whole microseconds: {error}"
        ) from error
    times = to_nullable(micros)
    if times.values.size and (times.values.min() < -TIME_LIMIT or times.values.max() > TIME_LIMIT):
        raise PointInTimeError(f"column {name!r} holds times beyond ±36,000 years")
    return times


def to_mask(column: Any, name: str) -> Bools:
    """A boolean column as a mask; null is false."""
    array = combined(column)
    if not pa.types.is_boolean(array.type) and not pa.types.is_null(array.type):
        raise PointInTimeError(f"filter {name!r} is {array.type}, and a boolean is needed")
    mask: Bools = array.cast(pa.bool_()).fill_null(False).to_numpy(zero_copy_only=False)
    return mask


def take_rows(column: Any, rows: Ints) -> Any:
    """The column's values at `rows`, null where a row is -1."""
    array = combined(column)
    missing = rows < 0
    if not missing.any():
        return array.take(pa.array(rows))
    if len(array) == 0:
        return pa.nulls(len(rows), array.type)
    return array.take(pa.array(rows, mask=missing))


def to_rank(column: Any) -> tuple[Nullable, Any]:
    """Dense ranks of orderable values such as strings and times, and the values by rank.

    NaN is greater than every number.
    """
    array = combined(column)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    encoded = array.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    # One more entry, so that the index 0 of a null is a rank even where there are no values.
    rank = np.zeros(len(order) + 1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    codes = to_nullable(encoded.indices)
    return Nullable(rank[codes.values], codes.valid), encoded.dictionary.take(pa.array(order))


def to_objects(column: Any) -> list[object]:
    """The values as Python objects; times that Python cannot hold as microseconds."""
    try:
        objects: list[object] = column.to_pylist()
    except (OverflowError, ValueError):
        objects = column.cast(pa.int64()).to_pylist()
    return objects
