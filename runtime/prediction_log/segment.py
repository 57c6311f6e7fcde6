"""One Parquet segment of the log, made from entries."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from .entry import LogEntry

_CHUNK = 512  # rows made into columns at a time, as Python objects are read under the GIL


def to_table(entries: Sequence[LogEntry], schema: pa.Schema) -> tuple[pa.Table, int]:
    """The entries as a table, and how many were left out as they do not fit the schema."""
    batches: list[pa.RecordBatch] = []
    unfit = 0
    for start in range(0, len(entries), _CHUNK):
        chunk = entries[start : start + _CHUNK]
        try:
            batches.append(_batch(chunk, schema))
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            for entry in chunk:
                try:
                    batches.append(_batch([entry], schema))
                except (pa.ArrowException, TypeError, ValueError, OverflowError):
                    unfit += 1
    return pa.Table.from_batches(batches, schema), unfit


def to_bytes(table: pa.Table) -> bytes:
    """The table as a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _batch(entries: Sequence[LogEntry], schema: pa.Schema) -> pa.RecordBatch:
    rows = [entry.cells() for entry in entries]
    arrays = [
        pa.array([row.get(column.name) for row in rows], type=column.type) for column in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
