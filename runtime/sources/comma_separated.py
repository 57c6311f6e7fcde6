"""CSV files: UTF-8, a header line, commas, RFC 4180 quotes; also gzipped.

An empty field is null. In columns of numbers, booleans, times and dates so are `NA`, `N/A`, `NULL`
and `null`; in a column of text they are text.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from ...compiler.plan import Column
from .column_types import ARROW_TYPES
from .text_times import looks_like_times
from .text_values import parsed

NULLS = ("", "NA", "N/A", "NULL", "null")
_BLOCK = 16 << 20
_LARGEST_BLOCK = (1 << 31) - 1


def schema(path: Path) -> pa.Schema:
    """Types are inferred from all rows of the file."""
    size = len(_content(path))
    # One block: pyarrow infers from the first block and fails when a later one disagrees.
    table = _read(path, {}, None, min(max(size + 1, _BLOCK), _LARGEST_BLOCK))
    fields = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        inferred = column.type
        if pa.types.is_null(inferred) or pa.types.is_time(inferred):
            inferred = pa.string()
        elif pa.types.is_string(inferred) and looks_like_times(_blank_as_null(column)):
            inferred = pa.timestamp("us")
        fields.append(pa.field(name, inferred))
    return pa.schema(fields)


def read(path: Path, columns: Sequence[Column]) -> pa.Table:
    """Columns by the locked types; those that the header lacks are left out."""
    header = _header(path)
    wanted = [column for column in columns if column.name in header]
    if not wanted:
        return pa.table({})
    types = {c.name: pa.string() if _as_text(c) else ARROW_TYPES[c.type] for c in wanted}
    try:
        table = _read(path, types, list(types), _BLOCK)
    except pa.ArrowInvalid:
        # Once more as text, to tell which rows are to blame.
        table = _read(path, dict.fromkeys(types, pa.string()), list(types), _BLOCK)
        return pa.table({c.name: _from_text(table.column(c.name), c) for c in wanted})
    return pa.table(
        {
            c.name: _from_text(table.column(c.name), c) if _as_text(c) else table.column(c.name)
            for c in wanted
        }
    )


def _as_text(column: Column) -> bool:
    return column.type in ("string", "timestamp")


def _from_text(texts: Any, column: Column) -> Any:
    if column.type == "string":
        return _blank_as_null(texts)
    missing = pc.is_in(texts, value_set=pa.array(NULLS))
    return parsed(pc.if_else(missing, pa.scalar(None, pa.string()), texts), column)


def _blank_as_null(texts: Any) -> Any:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _header(path: Path) -> list[str]:
    with pa.input_stream(path, compression="detect") as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        return next(csv.reader(text), [])


def _content(path: Path) -> bytes:
    with pa.input_stream(path, compression="detect") as stream:
        content: bytes = stream.read()
        return content


def _read(path: Path, types: dict[str, Any], names: list[str] | None, block: int) -> pa.Table:
    with pa.input_stream(path, compression="detect") as stream:
        return pacsv.read_csv(
            stream,
            read_options=pacsv.ReadOptions(block_size=block),
            parse_options=pacsv.ParseOptions(newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                column_types=types,
                include_columns=names,
                null_values=list(NULLS),
                strings_can_be_null=False,
            ),
        )
