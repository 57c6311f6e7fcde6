"""Read a source as the plan knows it: the locked columns in the locked types."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...compiler.plan import Column, SourceTable
from . import format_module
from .column_types import as_locked, fits, without_nulls
from .files import SourceFile, source_files
from .problem import RELOCK, SourceError, UnreadableValuesError, problem

ROW = "__row"
SHOWN = 5


def read_source(
    source: SourceTable, project: Path, columns: Iterable[str] | None = None
) -> pa.Table:
    """The source's rows: files in the order of their names, rows in the order of the file.

    Only `columns` (all when None) are read. Each has the one Arrow type of its locked type
    (`column_types.ARROW_TYPES`). The position of a row is its number everywhere in onespec.

    Raises SourceError when a file is missing, empty or damaged, when a column is gone or has
    another type than the locked one, and when a value cannot be read as that type.
    """
    wanted = _wanted(source, columns)
    tables = [
        _read_file(source, file, wanted)
        for file in source_files(source.name, source.path, source.format, project)
    ]
    return pa.concat_tables(tables)


def verify_schema(source: SourceTable, project: Path) -> None:
    """Hold the files' own schemas against the lock without reading rows (Parquet only)."""
    if source.format != "parquet":
        return
    for file in source_files(source.name, source.path, source.format, project):
        found = _guarded(source, file, partial(format_module("parquet").schema, file.path))
        _verify_columns(source, file, found, source.columns)


def count_rows(source: SourceTable, project: Path) -> int:
    """The number of rows; all values are read where the format does not tell it."""
    if source.format != "parquet":
        rows: int = read_source(source, project).num_rows
        return rows
    files = source_files(source.name, source.path, source.format, project)
    module = format_module("parquet")
    return sum(_guarded(source, file, partial(module.count, file.path)) for file in files)


def _wanted(source: SourceTable, columns: Iterable[str] | None) -> tuple[Column, ...]:
    if columns is None:
        return source.columns
    names = set(columns)
    wanted = tuple(column for column in source.columns if column.name in names)
    unknown = names - {column.name for column in wanted}
    if unknown:
        raise ValueError(f"source {source.name!r} has no column {sorted(unknown)}")
    # A table without columns has no rows to count.
    return wanted or source.columns[:1]


def _read_file(source: SourceTable, file: SourceFile, columns: Sequence[Column]) -> pa.Table:
    read = partial(format_module(source.format).read, file.path, columns)
    table = _guarded(source, file, read)
    _verify_columns(source, file, table.schema, columns)
    return pa.table(
        {
            column.name: _locked(source, file, table.column(column.name), column)
            for column in columns
        }
    )


def _guarded(source: SourceTable, file: SourceFile, read: Any) -> Any:
    """Whatever is wrong with a file, told with the source's name and what to do."""
    try:
        if file.path.stat().st_size == 0:
            raise problem(
                source.name, f"file `{file.name}` is empty", remedy="restore or remove the file"
            )
        return read()
    except UnreadableValuesError as error:
        raise problem(
            source.name,
            f"file `{file.name}`: {error}",
            remedy=f"mend the rows; {RELOCK}",
            rows=error.rows,
        ) from error
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        first = str(error).split("\n", maxsplit=1)[0]
        raise problem(
            source.name,
            f"file `{file.name}` cannot be read as {source.format}: {first}",
            remedy="restore the file, or check the source's format",
        ) from error


def _verify_columns(
    source: SourceTable, file: SourceFile, found: pa.Schema, columns: Sequence[Column]
) -> None:
    names = found.names
    gone = [column.name for column in columns if column.name not in names]
    if gone:
        raise _changed(source, file, f"has no column {_names(gone)} any more")
    double = sorted({column.name for column in columns if names.count(column.name) > 1})
    if double:
        raise _changed(source, file, f"has more than one column {_names(double)}")
    for column in columns:
        arrow = found.field(column.name).type
        if not fits(arrow, column):
            raise _changed(
                source, file, f"has `{column.name}` as {arrow}, and {column.type} is locked"
            )


def _locked(source: SourceTable, file: SourceFile, values: Any, column: Column) -> Any:
    try:
        array = as_locked(values, column)
    except pa.ArrowInvalid as error:
        raise problem(
            source.name,
            f"file `{file.name}`: column `{column.name}` does not fit {column.type}: {error}",
            remedy=f"mend the values; {RELOCK}",
        ) from error
    if not column.nullable and not without_nulls(array):
        missing = pc.indices_nonzero(pc.is_null(array))[:SHOWN].to_pylist()
        raise _changed(
            source,
            file,
            f"has nulls in `{column.name}`, which the plan takes as never null",
            rows=[{"row": row + 1, column.name: None} for row in missing],
        )
    return array


def _changed(
    source: SourceTable, file: SourceFile, what: str, rows: Sequence[object] = ()
) -> SourceError:
    return problem(
        source.name,
        f"file `{file.name}` {what}: the source is not what the plan was compiled for",
        remedy=RELOCK,
        rows=rows,
    )


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in columns)
