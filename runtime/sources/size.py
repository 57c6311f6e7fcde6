"""How large a source is, told from its files' names, sizes and footers."""

from dataclasses import dataclass
from pathlib import Path

from ...compiler.plan import SourceTable
from .files import source_files
from .parquet_footer import parquet_footer


@dataclass(frozen=True, slots=True)
class SourceSize:
    """`rows` and `columns` are known for Parquet alone: `rows` is None where a file does not tell,
    `columns` are those of all files, in the order in which they come up."""

    files: int
    bytes: int
    rows: int | None
    columns: tuple[str, ...]


def source_size(source: SourceTable, project: Path) -> SourceSize:
    """One stat and one short read a file. Raises SourceError when there is none."""
    files = source_files(source.name, source.path, source.format, project)
    size = sum(file.path.stat().st_size for file in files)
    if source.format != "parquet":
        return SourceSize(len(files), size, None, ())
    footers = [parquet_footer(file.path) for file in files]
    known = [footer for footer in footers if footer is not None]
    rows = sum(footer.rows for footer in known) if len(known) == len(footers) else None
    columns = dict.fromkeys(name for footer in known for name in footer.columns)
    return SourceSize(len(files), size, rows, tuple(columns))
