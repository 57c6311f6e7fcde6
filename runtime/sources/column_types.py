"""Between Arrow's types and the language's."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...compiler.plan import Column, ValueType

ARROW_TYPES = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "string": pa.string(),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
}
"""The one Arrow type that holds values of each type; timestamps are UTC without saying so."""


def value_type(arrow: Any) -> ValueType | None:
    """The language's type for an Arrow type; None when it has none."""
    kinds: Sequence[tuple[Any, ValueType]] = (
        (pa.types.is_boolean, "bool"),
        (pa.types.is_integer, "int"),
        (pa.types.is_floating, "float"),
        (pa.types.is_decimal, "float"),
        (pa.types.is_string, "string"),
        (pa.types.is_large_string, "string"),
        (pa.types.is_string_view, "string"),
        (pa.types.is_timestamp, "timestamp"),
        (pa.types.is_date, "date"),
    )
    if pa.types.is_dictionary(arrow):
        return value_type(arrow.value_type)
    return next((kind for matches, kind in kinds if matches(arrow)), None)


def fits(arrow: Any, column: Column) -> bool:
    """Whether values of an Arrow type can be read as the locked one without a change of meaning."""
    found = value_type(arrow)
    widens = found == "int" and column.type == "float"
    return found == column.type or widens or pa.types.is_null(arrow)


def as_locked(array: Any, column: Column) -> Any:
    """The array in the one Arrow type of the locked column.

    Times with a zone become UTC, times without one are UTC already; parts of a microsecond are
    cut off. Raises pa.ArrowInvalid when a value does not fit.
    """
    wanted = ARROW_TYPES[column.type]
    if array.type == wanted:
        return array
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_decimal(array.type):
        return array.cast(wanted, safe=False)
    if pa.types.is_timestamp(array.type):
        # Casting only the unit keeps the instant; a cast of the zone would shift the clock.
        if array.type.unit == "ns":
            return _whole_micros(array.cast(pa.int64()))
        return array.cast(pa.timestamp("us", array.type.tz)).cast(pa.int64()).cast(wanted)
    return array.cast(wanted)


def without_nulls(array: Any) -> bool:
    """Whether no value is missing."""
    return bool(pc.count(array, mode="only_null").as_py() == 0)


def _whole_micros(nanos: pa.ChunkedArray) -> pa.ChunkedArray:
    """Rounds towards the past, before 1970 too: a time never moves into the future."""
    chunks = [_floor_chunk(chunk) for chunk in nanos.chunks]
    return pa.chunked_array(chunks, type=pa.timestamp("us"))


def _floor_chunk(nanos: pa.Array) -> pa.Array:
    micros = np.floor_divide(nanos.fill_null(0).to_numpy(zero_copy_only=False), 1000)
    missing = nanos.is_null().to_numpy(zero_copy_only=False)
    return pa.array(micros, mask=missing if nanos.null_count else None).cast(pa.timestamp("us"))
