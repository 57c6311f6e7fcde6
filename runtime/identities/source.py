"""The identity of a source: its bytes."""

from collections.abc import Mapping
from typing import Any

from ...compiler.plan import SourceParams, SourceTable, Step
from ..errors import NotReadError
from ..monitoring.wording import size_change
from ..sources.files import source_files
from ..sources.identity import source_identity
from ..sources.size import source_size
from ..workspace import Surroundings


def identity(step: Step, here: Surroundings) -> str:
    """The hash of the files' names and contents. Where nothing was ever run they are not read."""
    source = source_of(step)
    if not here.reads_data and not here.state.is_dir():
        source_files(source.name, source.path, source.format, here.project)
        raise NotReadError(f"source `{source.name}` has not been read yet")
    return source_identity(source, here.project, here.state)


def difference(
    step: Step,
    before: str | None,  # noqa: ARG001
    after: str | None,  # noqa: ARG001
    facts: Mapping[str, Any],
    here: Surroundings,
) -> str:
    """`data/flights.parquet: 336,776 → 340,000 rows, 14.1 → 14.3 MB, new column `gate``."""
    source = source_of(step)
    size = source_size(source, here.project)
    told = []
    if size.rows is not None and facts.get("rows") is not None:
        told.append(f"{facts['rows']:,} → {size.rows:,} rows")
    if facts.get("bytes") is not None:
        told.append(size_change(facts["bytes"], size.bytes))
    if facts.get("files") not in (None, size.files):
        told.append(f"{facts['files']:,} → {size.files:,} files")
    locked = {column.name for column in source.columns}
    new = [f"`{name}`" for name in size.columns if name not in locked]
    gone = [f"`{name}`" for name in sorted(locked - set(size.columns))] if size.columns else []
    told += [f"new in it: {', '.join(new[:3])}"] if new else []
    told += [f"gone from it: {', '.join(gone[:3])}"] if gone else []
    return f"{source.path} changed" + (f": {', '.join(told)}" if told else "")


def source_of(step: Step) -> SourceTable:
    """The source that a `source` step looks at."""
    assert isinstance(step.params, SourceParams)
    return step.params.source
