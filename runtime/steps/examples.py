"""The spine of a point-in-time join: one example for each row of a source that has a label."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...compiler.plan import ExamplesParams, Program, Step
from ..errors import StepError
from ..features.execute import ROW, TIME, mentioned, run_programs
from ..features.table_file import write_table
from ..identities.examples import params_of
from ..sources.open_source import open_source
from ..sql import SqlError
from ..value import Yield
from ..workspace import StepInputs, Workspace

FILE = "examples.parquet"
LABEL = "label"

Bools = NDArray[np.bool_]


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """`examples.parquet`: `__row`, `__time`, the columns, and `label`, in source order.

    Facts: `rows`, `source_rows`, and under `dropped` how many rows were left out for which reason
    (the first that applies): `no_event_time`, `where`, `outside_last`, `immature`, `no_label`.
    """
    params = params_of(step)
    programs = _programs(params)
    columns = {*params.columns, str(params.source.event_time)}
    columns |= mentioned(params.source, programs.values())
    source = open_source(params.source, inputs, workspace, columns)
    try:
        results = run_programs(source, programs, step.resources)
    except SqlError as error:
        raise StepError(
            f"examples of source `{params.source.name}`: {error}",
            remedy="mend `where` or `label` in the spec",
        ) from error
    kept, dropped = _keep(_reasons(params, source, results, workspace.as_of), source.num_rows)
    rows = np.flatnonzero(kept)
    if len(rows) == 0:
        raise StepError(
            f"source `{params.source.name}` gives no example: {source.num_rows} rows, "
            f"left out: {dropped}",
            remedy="check `where`, `label`, `label_available_after` and the run's instant (as_of)",
        )
    write_table(_table(params, source, results, rows), workspace.scratch / FILE)
    facts = {"rows": len(rows), "source_rows": source.num_rows, "dropped": dropped}
    return Yield({FILE: workspace.scratch / FILE}, facts)


def _programs(params: ExamplesParams) -> dict[str, Program]:
    found = {"where": params.where, LABEL: params.label}
    return {name: program for name, program in found.items() if program is not None}


def _reasons(
    params: ExamplesParams, source: pa.Table, results: pa.Table, as_of: int
) -> Iterator[tuple[str, Bools]]:
    """Why rows are left out, and which, each (source rows,)."""
    times = source.column(params.source.event_time)
    yield "no_event_time", _mask(pc.is_null(times))
    if params.where is not None:
        yield "where", ~_mask(pc.fill_null(results.column("where"), False))
    instants = pc.fill_null(times.cast("int64"), 0).to_numpy()
    if params.last is not None:
        yield "outside_last", (instants <= as_of - params.last) | (instants > as_of)
    if params.label is not None:
        yield "immature", instants > as_of - params.label_available_after
        yield "no_label", _mask(pc.is_null(results.column(LABEL), nan_is_null=True))


def _keep(reasons: Iterator[tuple[str, Bools]], rows: int) -> tuple[Bools, dict[str, int]]:
    kept = np.ones(rows, dtype=np.bool_)
    dropped = {}
    for name, out in reasons:
        dropped[name] = int(np.count_nonzero(kept & out))
        kept &= ~out
    return kept, dropped


def _table(
    params: ExamplesParams, source: pa.Table, results: pa.Table, rows: NDArray[np.int64]
) -> pa.Table:
    taken = source if len(rows) == source.num_rows else source.take(pa.array(rows))
    columns = {ROW: pa.array(rows), TIME: taken.column(params.source.event_time)}
    columns |= {name: taken.column(name) for name in params.columns}
    if params.label is not None:
        if LABEL in params.columns:
            raise StepError(
                f"source `{params.source.name}` has a column `{LABEL}` that features read",
                remedy="rename the column: the name is that of the examples' label",
            )
        columns[LABEL] = results.column(LABEL).take(pa.array(rows))
    return pa.table(columns)


def _mask(array: Any) -> Bools:
    mask: Bools = array.to_numpy()
    return mask
