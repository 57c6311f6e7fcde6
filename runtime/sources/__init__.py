"""Sources, one file a format: each yields Arrow tables, whatever is on disk.

A format file holds `schema(path) -> pa.Schema` (the whole file's columns, as Arrow
sees them) and `read(path, columns) -> pa.Table` (only the locked columns asked for, in the order
of the file's rows; columns may come in any Arrow type that `conform` can turn into the locked one).
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from ...specs.types import DataType

# format -> module; imported when a source of the format is read.
FORMATS = {
    "parquet": "parquet",
    "csv": "comma_separated",
    "json": "json_lines",
}
# format -> the endings of its files.
SUFFIXES = {
    "parquet": (".parquet", ".pq"),
    "csv": (".csv", ".csv.gz"),
    "json": (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz"),
}


def lock_schema(
    source: str, path: str, format: str | None, project: Path
) -> Mapping[str, DataType]:
    """What `onespec lock` records of a source; see `schema_of`."""
    from .schema_of import lock_schema as found

    return found(source, path, format, project)


def format_module(name: str) -> ModuleType:
    """The module that reads files of a format."""
    return import_module(f".{FORMATS[name]}", __package__)
