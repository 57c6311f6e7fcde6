"""A view of the plan over Arrow tables: the same code for training sets and the online store."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ...compiler.plan import Feature, FieldProgram, Program, Resources, SourceTable, ViewProgram
from ..errors import StepError
from ..sources.column_types import ARROW_TYPES
from ..sql import SqlError, evaluate, quote
from .arrays import Ints
from .errors import PointInTimeError
from .view import EVENT_TIME, AggregateSpec, ViewSpec, compute_view

ROW = "__row"
TIME = "__time"
_CREATED = "__created"


@dataclass(frozen=True, slots=True)
class ViewValues:
    """A column for each feature reference, and the event time (n,) of the rows they come from.

    `event_time` is None for windows, static and on-demand views.
    """

    features: pa.Table
    event_time: Any | None


def source_columns(view: ViewProgram) -> tuple[str, ...]:
    """The columns of its source that a view reads, in the order of the source."""
    source = sourced(view)
    names = {column.name for column in view.keys}
    names |= {name for name in (source.event_time, source.created) if name is not None}
    programs = [program for _, program in view.prepare]
    names |= mentioned(source, [*programs, *filter(None, [view.where])])
    return tuple(column.name for column in source.columns if column.name in names)


def mentioned(source: SourceTable, programs: Iterable[Program]) -> set[str]:
    """The columns that programs may read: those whose quoted name occurs in their SQL."""
    texts = [program.sql for program in programs]
    return {
        column.name
        for column in source.columns
        if any(quote(column.name) in text for text in texts)
    }


def sourced(view: ViewProgram) -> SourceTable:
    """The source of a view that is not on demand."""
    assert view.source is not None, f"view {view.name} has no source"
    return view.source


def view_values(
    view: ViewProgram,
    source: pa.Table,
    spine: pa.Table,
    *,
    own_row: bool = False,
    resources: Resources | None = None,
) -> ViewValues:
    """The view's features for each row of the spine, in its order.

    Args:
        view: what to compute; on-demand views read the spine alone.
        source: all rows of the view's source, with `source_columns(view)`.
        spine: `__time`, the view's key columns (or request inputs), and `__row` for `own_row`.
        own_row: whether the spine's rows are rows of this source, `__row` telling which, and so
            must not see themselves.
        resources: the threads and memory that expressions may use.

    Raises StepError when the data have no answer, such as ties, with a few of the rows.

    """
    given = resources or Resources()
    try:
        if view.kind == "on_demand":
            return ViewValues(_on_demand(view, spine, given), None)
        prepared = _prepare(view, source, given)
        own = _own_positions(prepared, spine) if own_row else None
        if view.kind == "window":
            return ViewValues(_windows(view, prepared, spine, own, given), None)
        return _rows(view, prepared, spine, own, given)
    except (PointInTimeError, SqlError) as error:
        raise StepError(
            f"view `{view.name}`: {getattr(error, 'message', error)}",
            remedy="mend the rows of its source, or the view in the spec",
            rows=[dict(row) for row in getattr(error, "rows", ())],
        ) from error


def _on_demand(view: ViewProgram, spine: pa.Table, given: Resources) -> pa.Table:
    programs = {field.name: field.result for field in view.fields}
    # A request's column has the declared type, which may be wider than the source's.
    request = pa.table(
        {c.name: spine.column(c.name).cast(ARROW_TYPES[c.type]) for c in view.inputs}
    )
    made = run_programs(request if view.inputs else spine, programs, given)
    return _in_order(view, {f.reference: made.column(f.field) for f in view.features})


def _prepare(view: ViewProgram, source: pa.Table, given: Resources) -> pa.Table:
    """Keys as `__key…`, times, `__row`, and the prepared columns of the rows that `where` keeps."""
    table = source.append_column(ROW, pa.array(np.arange(source.num_rows)))
    origin = sourced(view)
    columns = {_key(i): quote(key.name) for i, key in enumerate(view.keys)}
    columns[ROW] = quote(ROW)
    if origin.event_time is not None:
        columns[EVENT_TIME] = quote(origin.event_time)
    if origin.created is not None:
        columns[_CREATED] = quote(origin.created)
    columns |= {name: program.sql for name, program in view.prepare}
    made = evaluate(
        table,
        columns,
        where=None if view.where is None else view.where.sql,
        threads=_threads(given),
        memory_limit=given.memory,
    )
    return _typed(made, dict(view.prepare))


def _own_positions(prepared: pa.Table, spine: pa.Table) -> Ints:
    """Where each example's own row is among the prepared rows, -1 where `where` left it out."""
    rows = prepared.column(ROW).to_numpy()
    wanted = spine.column(ROW).to_numpy()
    if len(rows) == 0:
        return np.full(len(wanted), -1, dtype=np.int64)
    # Rows come in the order of the source, so their numbers are sorted.
    position = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
    return np.where(rows[position] == wanted, position, -1).astype(np.int64)


def _rows(
    view: ViewProgram, prepared: pa.Table, spine: pa.Table, own: Ints | None, given: Resources
) -> ViewValues:
    """Latest and static: fields are computed on the source's rows, so that no row means null."""
    fields = {f"__field{i}": field for i, field in enumerate(view.fields)}
    results = run_programs(prepared, {n: f.result for n, f in fields.items()}, given)
    table = prepared.select([n for n in prepared.column_names if n.startswith("__")])
    for name in fields:
        table = table.append_column(name, results.column(name))
    found = _compute(view, _spec(view, columns=tuple(fields)), table, spine, own)
    named = {field.name: found.column(name) for name, field in fields.items()}
    features = _in_order(view, {f.reference: named[f.field] for f in view.features})
    return ViewValues(features, found.column(EVENT_TIME) if view.kind == "latest" else None)


def _windows(
    view: ViewProgram, prepared: pa.Table, spine: pa.Table, own: Ints | None, given: Resources
) -> pa.Table:
    found = _compute(view, _spec(view), prepared, spine, own)
    return _results(view, found, given)


def _results(view: ViewProgram, found: pa.Table, given: Resources) -> pa.Table:
    """Each field over the aggregates of each window that some feature asks for."""
    made: dict[str, Any] = {}
    for place, window in enumerate(view.windows):
        features = [f for f in view.features if f.window == window.name]
        aggregates = pa.table(
            {
                a.name: found.column(f"{_aggregate(i)}_{place}")
                for i, a in enumerate(view.aggregates)
            }
        )
        programs = {f.reference: _field(view, f).result for f in features}
        results = run_programs(aggregates, programs, given)
        made |= {reference: results.column(reference) for reference in programs}
    return _in_order(view, made)


def _compute(
    view: ViewProgram, spec: ViewSpec, table: pa.Table, spine: pa.Table, own: Ints | None
) -> pa.Table:
    return compute_view(
        spec,
        table,
        spine,
        spine_keys=tuple(key.name for key in view.keys),
        spine_time=None if view.kind == "static" else TIME,
        own_row=own,
    )


def _spec(view: ViewProgram, columns: tuple[str, ...] = ()) -> ViewSpec:
    assert view.kind != "on_demand"
    origin = sourced(view)
    return ViewSpec(
        kind=view.kind,
        keys=tuple(_key(i) for i in range(len(view.keys))),
        event_time=None if origin.event_time is None else EVENT_TIME,
        available_after=view.available_after,
        ttl=view.ttl,
        windows=tuple((str(i), window.length) for i, window in enumerate(view.windows)),
        aggregates=tuple(
            AggregateSpec(_aggregate(i), a.function, a.argument, a.where)
            for i, a in enumerate(view.aggregates)
        ),
        columns=columns,
        tie_break=None if origin.created is None else _CREATED,
    )


def absent_values(view: ViewProgram) -> dict[str, Any]:
    """What a windowed view says of a key without rows: counts are 0, and the rest follows."""
    types = {f"__key{i}": ARROW_TYPES[key.type] for i, key in enumerate(view.keys)}
    types |= {EVENT_TIME: ARROW_TYPES["timestamp"]}
    types |= {name: ARROW_TYPES[program.type] for name, program in view.prepare}
    origin = sourced(view)
    if origin.created is not None:
        created = next(column for column in origin.columns if column.name == origin.created)
        types[_CREATED] = ARROW_TYPES[created.type]
    empty = pa.table({name: pa.array([], type) for name, type in types.items()})
    spine = pa.table({key.name: pa.nulls(1, ARROW_TYPES[key.type]) for key in view.keys})
    spine = spine.append_column(TIME, pa.array([0], ARROW_TYPES["timestamp"]))
    values = _windows(view, empty, spine, None, Resources())
    return {name: values.column(name)[0].as_py() for name in values.column_names}


def run_programs(
    table: pa.Table, programs: Mapping[str, Program], resources: Resources
) -> pa.Table:
    """The programs over a table's rows, each in the Arrow type of its own type."""
    if not programs:
        return pa.table({})
    made = evaluate(
        table,
        {name: program.sql for name, program in programs.items()},
        threads=_threads(resources),
        memory_limit=resources.memory,
    )
    return _typed(made, programs)


def _typed(table: pa.Table, programs: Mapping[str, Program]) -> pa.Table:
    for name, program in programs.items():
        column, wanted = table.column(name), ARROW_TYPES[program.type]
        if column.type != wanted:
            table = table.set_column(table.column_names.index(name), name, column.cast(wanted))
    return table


def _in_order(view: ViewProgram, columns: Mapping[str, Any]) -> pa.Table:
    """The features in the view's order, in the types that the plan promises."""
    return pa.table({f.reference: _as(f, columns[f.reference]) for f in view.features})


def _as(feature: Feature, column: Any) -> Any:
    wanted = ARROW_TYPES[feature.type]
    return column if column.type == wanted else column.cast(wanted)


def _field(view: ViewProgram, feature: Feature) -> FieldProgram:
    return next(field for field in view.fields if field.name == feature.field)


def _threads(resources: Resources) -> int:
    return max(1, int(resources.cpu))


def _key(place: int) -> str:
    return f"__key{place}"


def _aggregate(place: int) -> str:
    return f"a{place}"
