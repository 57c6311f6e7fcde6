"""Which texts of a column cannot be read as its type."""

from typing import Any

import pyarrow as pa

from ...compiler.plan import Column
from .column_types import ARROW_TYPES
from .problem import UnreadableValuesError
from .text_times import parse_times

SHOWN = 5


def parsed(texts: Any, column: Column) -> Any:
    """The column in its locked type. Raises UnreadableValuesError with a few of the rows."""
    if column.type == "timestamp":
        values = parse_times(texts)
        if values.null_count != texts.null_count:
            raise _unreadable(texts, column)
        return values
    try:
        return texts.cast(ARROW_TYPES[column.type])
    except pa.ArrowInvalid as error:
        raise _unreadable(texts, column) from error


def _unreadable(texts: Any, column: Column) -> UnreadableValuesError:
    found: list[int] = []
    _search(texts, column, 0, found)
    rows = [{"row": i + 1, column.name: texts[i].as_py()} for i in found]
    return UnreadableValuesError(column.name, column.type, rows)


def _search(texts: Any, column: Column, start: int, found: list[int]) -> None:
    """Halve what cannot be read until single rows are left."""
    if len(found) >= SHOWN or not len(texts) or _readable(texts, column):
        return
    if len(texts) == 1:
        found.append(start)
        return
    half = len(texts) // 2
    _search(texts[:half], column, start, found)
    _search(texts[half:], column, start + half, found)


def _readable(texts: Any, column: Column) -> bool:
    if column.type == "timestamp":
        return bool(parse_times(texts).null_count == texts.null_count)
    try:
        texts.cast(ARROW_TYPES[column.type])
    except pa.ArrowInvalid:
        return False
    return True
