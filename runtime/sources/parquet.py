"""Parquet files."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...compiler.plan import Column


def schema(path: Path) -> pa.Schema:
    """The columns as the file declares them, nullability included."""
    return pq.read_schema(path)


def read(path: Path, columns: Sequence[Column]) -> pa.Table:
    """Only the pages of the columns asked for are read."""
    with pq.ParquetFile(path, memory_map=True) as file:
        return file.read(columns=[column.name for column in columns], use_threads=True)


def count(path: Path) -> int:
    """The number of rows, from the footer."""
    with pq.ParquetFile(path, memory_map=True) as file:
        rows: int = file.metadata.num_rows
        return rows
