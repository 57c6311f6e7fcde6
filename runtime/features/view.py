"""A feature view over a spine: the values that were known at each example's instant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from .aggregates import FUNCTIONS, NEEDS_ARGUMENT, ORDERED, Result, aggregate, select
from .arrays import (
    TIME_LIMIT,
    Bools,
    Ints,
    Nullable,
    take_rows,
    to_mask,
    to_objects,
    to_rank,
    to_times,
)
from .errors import PointInTimeError
from .keys import encode_keys
from .latest import latest
from .order import ROWS_IN_AN_ERROR, SortedSource, sort_source
from .queries import Queries, distinct_queries
from .windows import Ranges, window_ranges

EVENT_TIME = "__event_time"
ROW = "__row"


@dataclass(frozen=True, slots=True)
class AggregateSpec:
    """One aggregate; `argument` and `where` name prepared columns of the source."""

    name: str
    function: str
    argument: str | None = None
    where: str | None = None

    def __post_init__(self) -> None:
        """Refuse unknown functions and missing arguments."""
        if self.function not in FUNCTIONS:
            raise ValueError(f"unknown aggregate {self.function!r}: one of {', '.join(FUNCTIONS)}")
        if self.argument is None and self.function in NEEDS_ARGUMENT:
            raise ValueError(f"{self.function}() needs an argument")


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """What a view computes; `keys`, `event_time` and `columns` name source columns, times in µs."""

    kind: Literal["latest", "window", "static"]
    keys: tuple[str, ...]
    event_time: str | None = None
    available_after: int = 0
    ttl: int | None = None
    windows: tuple[tuple[str, int], ...] = ()
    aggregates: tuple[AggregateSpec, ...] = ()
    columns: tuple[str, ...] = ()
    tie_break: str | None = None

    def __post_init__(self) -> None:
        """Refuse a view without keys or (unless static) event time, and absurd durations."""
        if not self.keys:
            raise ValueError("a view needs at least one key column")
        if self.kind != "static" and self.event_time is None:
            raise ValueError(f"a {self.kind} view needs an event time")
        for duration in (self.available_after, self.ttl or 0, *(w for _, w in self.windows)):
            if not 0 <= duration < TIME_LIMIT:
                raise ValueError(f"a duration of {duration} µs is out of range")


@dataclass(frozen=True, slots=True)
class _Bound:
    """A view's source and spine, encoded, sorted and reduced to distinct questions."""

    source: SortedSource
    queries: Queries


def compute_view(
    spec: ViewSpec,
    source: pa.Table,
    spine: pa.Table,
    *,
    spine_keys: tuple[str, ...],
    spine_time: str | None,
    own_row: Ints | None = None,
) -> pa.Table:
    """The view's values for each spine row: as many rows, in the same order.

    Args:
        spec: what to compute.
        source: key columns, event time (timestamp) and the prepared argument columns.
        spine: the examples' key columns, in the order of the view's keys, and their time.
        spine_keys: the key columns of the spine.
        spine_time: the time column of the spine; None only for static views.
        own_row: (spine rows,) the source row that is the example itself, or -1.

    Returns:
        For latest and static views the `columns` and `__event_time`, the time of the row used; for
        windows a column `{aggregate}_{window}` each.

    Raises:
        PointInTimeError: ties without a tie-break, duplicate static keys, wrong column types, an
            integer sum beyond int64.

    """
    bound = _bind(
        spec, source, spine, spine_keys=spine_keys, spine_time=spine_time, own_row=own_row
    )
    if spec.kind == "window":
        return pa.table(dict(_window_columns(spec, source, bound)))
    rows = latest(bound.source, bound.queries, available_after=spec.available_after, ttl=spec.ttl)[
        bound.queries.inverse
    ]
    columns = {name: take_rows(source.column(name), rows) for name in spec.columns}
    if spec.kind == "static":
        columns[EVENT_TIME] = pa.nulls(len(rows), pa.timestamp("us", "UTC"))
    else:
        columns[EVENT_TIME] = take_rows(source.column(spec.event_time), rows)
    return pa.table(columns)


def _bind(
    spec: ViewSpec,
    source: pa.Table,
    spine: pa.Table,
    *,
    spine_keys: tuple[str, ...],
    spine_time: str | None,
    own_row: Ints | None,
) -> _Bound:
    keys = encode_keys(
        [source.column(name) for name in spec.keys], [spine.column(name) for name in spine_keys]
    )
    times = _times(source, None if spec.kind == "static" else spec.event_time)
    rank = None if spec.tie_break is None else _rank(source.column(spec.tie_break))
    sorted_source = sort_source(keys.source, times, keys.count, rank)
    _reject_ties(spec, source, sorted_source, rank)
    asked = _times(spine, None if spec.kind == "static" else spine_time)
    queries = distinct_queries(
        sorted_source,
        keys.spine if asked.valid is None else np.where(asked.valid, keys.spine, -1),
        asked.values,
        key_count=keys.count,
        own_row=None if spec.kind == "static" else _checked(own_row, source, spine),
        source_keys=keys.source,
        available_after=spec.available_after,
    )
    return _Bound(sorted_source, queries)


def _times(table: pa.Table, name: str | None) -> Nullable:
    """The named times; one and the same instant for all rows where time plays no part."""
    if name is None:
        return Nullable(np.zeros(table.num_rows, dtype=np.int64), None)
    return to_times(table.column(name), name)


def _rank(column: Any) -> Ints:
    """The order of tie-break values (n,); null comes first, NaN last."""
    rank, _ = to_rank(column)
    ranks: Ints = rank.values if rank.valid is None else np.where(rank.valid, rank.values, -1)
    return ranks


def _checked(own_row: Ints | None, source: pa.Table, spine: pa.Table) -> Ints | None:
    if own_row is None:
        return None
    rows = np.asarray(own_row, dtype=np.int64)
    if rows.shape != (spine.num_rows,):
        raise ValueError(f"own_row has shape {rows.shape} for {spine.num_rows} examples")
    if rows.size and not -1 <= int(rows.min()) <= int(rows.max()) < source.num_rows:
        raise ValueError("own_row points outside of the source")
    return rows if source.num_rows else None


def _reject_ties(
    spec: ViewSpec, source: pa.Table, sorted_source: SortedSource, rank: Ints | None
) -> None:
    """Ties matter to latest, static, first and last: where order decides, it has to be declared."""
    ordered = [a.function for a in spec.aggregates if a.function in ORDERED]
    if spec.kind == "window" and not ordered:
        return
    tied = sorted_source.ties(rank)
    if len(tied) == 0:
        return
    names = list(spec.keys)
    if spec.kind != "static":
        names.append(str(spec.event_time))
    if spec.tie_break is not None:
        names.append(spec.tie_break)
    columns = {name: to_objects(source.column(name).take(pa.array(tied))) for name in names}
    rows = [
        {ROW: int(row), **{name: columns[name][i] for name in names}} for i, row in enumerate(tied)
    ]
    raise PointInTimeError(
        f"several rows share {', '.join(names)}, and nothing says which one counts: declare a "
        f"column that breaks ties, or remove the duplicates; the first {ROWS_IN_AN_ERROR} at most",
        rows,
    )


def _window_columns(spec: ViewSpec, source: pa.Table, bound: _Bound) -> Iterator[tuple[str, Any]]:
    ranges = window_ranges(
        bound.source,
        bound.queries,
        available_after=spec.available_after,
        windows=[window for _, window in spec.windows],
    )
    results = {
        (argument, where): _aggregate(group, source, bound.source.rows, ranges)
        for (argument, where), group in _by_members(spec.aggregates).items()
    }
    for wanted in spec.aggregates:
        result = results[wanted.argument, wanted.where][wanted.function]
        for index, (window, _) in enumerate(spec.windows):
            yield f"{wanted.name}_{window}", _gather(result, index, bound.queries.inverse)


def _by_members(
    aggregates: Sequence[AggregateSpec],
) -> dict[tuple[str | None, str | None], list[AggregateSpec]]:
    """The aggregates by argument and filter: each group looks at the same rows."""
    groups: dict[tuple[str | None, str | None], list[AggregateSpec]] = {}
    for wanted in aggregates:
        groups.setdefault((wanted.argument, wanted.where), []).append(wanted)
    return groups


def _aggregate(
    group: Sequence[AggregateSpec], source: pa.Table, rows: Ints, ranges: Ranges
) -> dict[str, Result]:
    argument, where = group[0].argument, group[0].where
    members = select(
        rows,
        None if argument is None else source.column(argument),
        None if where is None else to_mask(source.column(where), where),
    )
    try:
        return aggregate([wanted.function for wanted in group], members, ranges)
    except PointInTimeError as error:
        names = ", ".join(wanted.name for wanted in group)
        raise PointInTimeError(f"{names}: {error.message}", error.rows) from error


def _gather(result: Result, index: int, inverse: Ints) -> Any:
    """One window's column for the spine, from the values of its distinct questions."""
    values = result.values[index][inverse]
    missing: Bools | None = None if result.missing is None else result.missing[index][inverse]
    if result.source is None:
        return pa.array(values, mask=missing)
    return take_rows(result.source, values if missing is None else np.where(missing, -1, values))
