"""What `onespec lock` records: the columns of a source, in the language's types."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...compiler.plan import Column
from ...specs.types import DataType, Kind
from . import FORMATS, SUFFIXES, format_module
from .column_types import value_type
from .files import source_files
from .problem import problem

_LIMITS = "bool, integers, floats, decimals, strings, timestamps and dates can be read"


def schema_of(source: str, path: str, format: str, project: Path) -> tuple[Column, ...]:
    """The columns in the order of the first file, merged over all files of the source.

    An int in one file and a float in another make a float. A column is never null only where all
    files are Parquet and declare it so.

    Raises SourceError where a column has no type of the language, is missing in some file, or has
    types that do not go together, and names every such column.
    """
    merged: dict[str, pa.Field] = {}
    for index, file in enumerate(source_files(source, path, format, project)):
        found = _file_schema(source, format, file.name, file.path)
        if index and set(found.names) != set(merged):
            odd = ", ".join(f"`{name}`" for name in sorted(set(found.names) ^ set(merged)))
            raise problem(
                source,
                f"not all files have the column {odd}",
                remedy="give the files the same columns",
            )
        merged = {
            field.name: _merge(source, merged.get(field.name, field), field) for field in found
        }
    return tuple(_column(field) for field in _checked(source, merged).values())


def lock_schema(source: str, path: str, format: str | None, project: Path) -> dict[str, DataType]:
    """`schema_of` as the lock file has it; without a format, the path's ending tells it."""
    known = format or format_of(path)
    if known is None:
        raise problem(
            source,
            f"the format of `{path}` does not follow from its name",
            remedy="declare `format: parquet`, `csv` or `json`",
        )
    columns = schema_of(source, path, known, project)
    return {column.name: DataType(Kind(column.type), column.nullable) for column in columns}


def format_of(path: str) -> str | None:
    """The format whose files end like this."""
    found = (name for name in FORMATS if path.lower().endswith(SUFFIXES[name]))
    return next(found, None)


def _file_schema(source: str, format: str, name: str, path: Path) -> pa.Schema:
    try:
        if path.stat().st_size == 0:
            raise problem(source, f"file `{name}` is empty", remedy="restore or remove the file")
        found = format_module(format).schema(path)
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        first = str(error).split("\n", maxsplit=1)[0]
        raise problem(
            source,
            f"file `{name}` cannot be read as {format}: {first}",
            remedy="restore the file, or check the source's format",
        ) from error
    # SQL does not tell the case of names apart.
    repeated = [n for n, times in Counter(n.lower() for n in found.names).items() if times > 1]
    if repeated or any(not n or "\0" in n for n in found.names):
        raise problem(
            source,
            f"file `{name}` has columns without a name of their own: {repeated or found.names}",
            remedy="rename them: names are not empty and differ in more than case",
        )
    reserved = [n for n in found.names if n.startswith("__")]
    if reserved:
        raise problem(
            source,
            f"file `{name}` has columns whose names begin with two underscores: {reserved}",
            remedy="rename them: onespec keeps such names for itself",
        )
    return found


def _merge(source: str, one: Any, other: Any) -> Any:
    nullable = one.nullable or other.nullable
    if pa.types.is_null(other.type) or value_type(one.type) == value_type(other.type):
        return one.with_nullable(nullable)
    if pa.types.is_null(one.type) or {value_type(one.type), value_type(other.type)} == {
        "int",
        "float",
    }:
        kept = other if pa.types.is_null(one.type) or value_type(other.type) == "float" else one
        return kept.with_nullable(nullable)
    raise problem(
        source,
        f"column {one.name!r} is {one.type} in one file and {other.type} in another",
        remedy="give the files the same types",
    )


def _checked(source: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    unknown = [f"{f.name!r} ({f.type})" for f in fields.values() if value_type(f.type) is None]
    if unknown:
        raise problem(
            source,
            f"no type of the language holds column {', '.join(unknown)}",
            remedy=f"leave them out of the file or convert them: {_LIMITS}",
        )
    return fields


def _column(field: Any) -> Column:
    kind = value_type(field.type)
    assert kind is not None
    return Column(field.name, kind, nullable=field.nullable)
