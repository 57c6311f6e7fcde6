"""Write a view's values as of the run's instant to the online store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from typing import Any

import pyarrow as pa

from ...compiler.plan import Step, ViewProgram
from ..features.execute import (
    TIME,
    ViewValues,
    source_columns,
    sourced,
    view_values,
)
from ..identities.materialize import view_of
from ..sources.column_types import ARROW_TYPES
from ..sources.open_source import open_source
from ..stores.online import OnlineRow
from ..value import Yield
from ..workspace import StepInputs, Workspace


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """Every key of the view's source, through the same code as the training set.

    Of a `latest` view the newest available row of each key is kept with its event time, however
    old: the ttl is a matter of the instant at which one reads. A key without an available row has
    no row online; what windows say of one tells `absent_values`. What a later instant of this step
    has written stays online, unless the step is forced. Facts: `rows`.
    """
    view = view_of(step)
    source = open_source(sourced(view), inputs, workspace, source_columns(view))
    spine = _spine(view, source, workspace.as_of)
    values = view_values(replace(view, ttl=None), source, spine, resources=step.resources)
    rows = list(_rows(view, spine, values, workspace.as_of))
    workspace.online.write(
        view.name,
        inputs.key,
        rows,
        definition=step.fingerprint,
        as_of=workspace.as_of,
        go_back=inputs.forced,
    )
    return Yield(facts={"rows": len(rows)})


def _spine(view: ViewProgram, source: pa.Table, as_of: int) -> pa.Table:
    """Each key once, sorted, at the run's instant. Keys with a null part match nothing."""
    names = [key.name for key in view.keys]
    keys = source.select(names).drop_null().group_by(names, use_threads=False).aggregate([])
    keys = keys.select(names).sort_by([(name, "ascending") for name in names])
    time = pa.array([as_of], ARROW_TYPES["timestamp"])
    return keys.append_column(TIME, pa.repeat(time[0], keys.num_rows))


def _rows(
    view: ViewProgram, spine: pa.Table, values: ViewValues, as_of: int
) -> Iterator[tuple[tuple[Any, ...], OnlineRow]]:
    keys = _python_rows(spine.select([key.name for key in view.keys]))
    names = values.features.column_names
    times = (
        [None] * spine.num_rows
        if values.event_time is None
        else values.event_time.cast("int64").to_pylist()
    )
    for key, cells, time in zip(keys, _python_rows(values.features), times, strict=True):
        if view.kind != "latest" or time is not None:
            yield key, OnlineRow(dict(zip(names, cells, strict=True)), time, as_of)


def _python_rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """Rows as Python values; timestamps know that they are UTC."""
    columns = []
    for column in table.columns:
        cells = column.to_pylist()
        if pa.types.is_timestamp(column.type):
            cells = [None if cell is None else cell.replace(tzinfo=UTC) for cell in cells]
        columns.append(cells)
    return zip(*columns, strict=True)
