"""JSON lines: one object a line, UTF-8; also gzipped. A field that is absent is null."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.json as pajson

from ...compiler.plan import Column
from .column_types import ARROW_TYPES
from .text_times import looks_like_times
from .text_values import parsed

_BLOCK = 16 << 20
_LARGEST_BLOCK = (1 << 31) - 1


def schema(path: Path) -> pa.Schema:
    """Types are inferred from all rows; texts that are all times make a timestamp."""
    with pa.input_stream(path, compression="detect") as stream:
        size = len(stream.read())
    table = _read(path, None, min(max(size + 1, _BLOCK), _LARGEST_BLOCK))
    fields = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        inferred = column.type
        if pa.types.is_null(inferred):
            inferred = pa.string()
        elif pa.types.is_string(inferred) and looks_like_times(column):
            inferred = pa.timestamp("us")
        fields.append(pa.field(name, inferred))
    return pa.schema(fields)


def read(path: Path, columns: Sequence[Column]) -> pa.Table:
    """Columns by the locked types. Times are read as text, which keeps their zones."""
    types = [
        (c.name, pa.string() if c.type in ("timestamp", "date") else ARROW_TYPES[c.type])
        for c in columns
    ]
    table = _read(path, pa.schema(types), _BLOCK)
    return pa.table(
        {
            c.name: parsed(table.column(c.name), c)
            if c.type in ("timestamp", "date")
            else table.column(c.name)
            for c in columns
        }
    )


def _read(path: Path, schema: pa.Schema | None, block: int) -> pa.Table:
    with pa.input_stream(path, compression="detect") as stream:
        return pajson.read_json(
            stream,
            read_options=pajson.ReadOptions(block_size=block),
            parse_options=pajson.ParseOptions(
                explicit_schema=schema,
                unexpected_field_behavior="infer" if schema is None else "ignore",
            ),
        )
