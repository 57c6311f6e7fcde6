"""Arrow columns as the arrays that statistics are computed on, row by row, with missing marked."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CATEGORICAL_TYPES = frozenset({"string", "bool"})


@dataclass(frozen=True, slots=True)
class Words:
    """A categorical column: codes (n,) into `categories`, -1 where missing."""

    codes: Ints
    categories: tuple[str, ...]

    def take(self, rows: Bools) -> "Words":
        return Words(self.codes[rows], self.categories)


def numbers(column: Any) -> Floats:
    """Numbers, dates and timestamps (n,) as floats; null, NaN and infinities are NaN.

    Timestamps become seconds since 1970 (UTC) and dates become days, so that one set of
    statistics serves every ordered type.
    """
    array = _one_array(column)
    kind = array.type
    if pa.types.is_null(kind):
        return np.full(len(array), np.nan)
    if pa.types.is_timestamp(kind):
        array = pc.divide(array.cast(pa.timestamp("us")).cast(pa.int64()).cast(pa.float64()), 1e6)
    elif pa.types.is_date(kind):
        array = array.cast(pa.date32()).cast(pa.int32())
    elif pa.types.is_boolean(kind):
        array = array.cast(pa.int8())
    values = array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(values), values, np.nan)


def words(column: Any) -> Words:
    """Strings and booleans as codes, the categories in sorted order."""
    array = _one_array(column)
    if pa.types.is_null(array.type):
        return Words(np.full(len(array), -1, dtype=np.int64), ())
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    encoded = array.cast(pa.string()).dictionary_encode()
    names = np.array(encoded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(names, kind="stable")
    place = np.empty(len(names) + 1, dtype=np.int64)
    place[order] = np.arange(len(names))
    place[-1] = -1
    codes = pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return Words(place[codes], tuple(names[order].tolist()))


def instants(column: Any) -> Ints:
    """A timestamp column as UTC microseconds (n,); missing instants are before all time."""
    array = _one_array(column).cast(pa.timestamp("us", tz=getattr(column.type, "tz", None)))
    filled = pc.fill_null(array.cast(pa.int64()), np.iinfo(np.int64).min)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int64)


def _one_array(column: Any) -> Any:
    if isinstance(column, np.ndarray):
        return pa.array(column)
    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    return column
