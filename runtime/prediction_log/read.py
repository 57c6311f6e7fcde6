"""Read a prediction log back, whatever plan versions wrote its segments."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from ..errors import StoreError
from .files import LogFiles
from .schema import base_schema

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ATTEMPTS = 3


def read_log(
    files: LogFiles,
    start: int | None = None,
    end: int | None = None,
    *,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """The rows with `start <= time < end` (UTC µs), ordered by time, request and row.

    A column that a segment lacks is null there. A log that does not exist is an empty table.
    Raises StoreError for a damaged segment, and for a column whose type changed beyond widening.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return _read(files, start, end, columns)
        except FileNotFoundError:  # a segment expired while it was read
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _read(
    files: LogFiles, start: int | None, end: int | None, columns: Sequence[str] | None
) -> pa.Table:
    first = None if start is None else _instant(start).date()
    last = None if end is None else _instant(end).date()
    segments = files.fetch(files.segments(first, last))
    schema = _schema(segments)
    names = None if columns is None else [name for name in columns if name in schema.names]
    if not segments:
        table = schema.empty_table()
        return table if names is None else table.select(names)
    dataset = ds.dataset([str(path) for path in segments], schema=schema, format="parquet")
    order = ("time", "request_id", "row")
    wanted = None if names is None else list(dict.fromkeys([*names, *order]))
    try:
        table = dataset.to_table(columns=wanted, filter=_within(start, end))
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise _damaged("a segment", error) from error
    table = table.sort_by([(name, "ascending") for name in order])
    return table if names is None else table.select(names)


def _schema(segments: Sequence[Path]) -> pa.Schema:
    schemas = {base_schema().remove_metadata(): "the log's own schema"}
    for path in segments:
        try:
            found = pq.read_schema(path).remove_metadata()
        except FileNotFoundError:
            raise
        except (pa.ArrowException, OSError) as error:
            raise _damaged(f"{path.parent.name}/{path.name}", error) from error
        schemas.setdefault(found, path.name)
    try:
        return pa.unify_schemas(list(reversed(schemas)), promote_options="permissive")
    except pa.ArrowException as error:
        raise StoreError(
            f"the type of a column of the prediction log changed: {error}",
            remedy="read the time before and after the change apart, or rename the feature",
        ) from error


def _damaged(segment: str, error: Exception) -> StoreError:
    return StoreError(
        f"the prediction log is damaged: {segment}: {error}",
        remedy="move the segment out of the log's folder and read again",
    )


def _within(start: int | None, end: int | None) -> ds.Expression:
    time = pc.field("time")
    kept = pc.scalar(True)
    if start is not None:
        kept = kept & (time >= _literal(start))
    if end is not None:
        kept = kept & (time < _literal(end))
    return kept


def _literal(micros: int) -> ds.Expression:
    return pc.scalar(pa.scalar(micros, pa.timestamp("us", "UTC")))


def _instant(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
