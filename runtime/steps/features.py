"""One feature view for every example: as many rows, in the same order."""

import numpy as np
import pyarrow as pa

from ...compiler.plan import FeaturesParams, Step, ViewProgram
from ..features.execute import ROW, TIME, source_columns, sourced, view_values
from ..features.table_file import read_table, write_table
from ..sources.open_source import open_source
from ..value import Yield
from ..workspace import StepInputs, Workspace
from .examples import FILE as EXAMPLES_FILE

FILE = "features.parquet"


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """`features.parquet`: a column for each feature reference, in the view's order.

    Facts: `rows`, and the share of nulls of each feature under `null_share`.
    """
    assert isinstance(step.params, FeaturesParams)
    view = step.params.view
    # The examples' own rows are rows of this source: none may see itself.
    own_row = view.source is not None and view.source.name == step.params.examples_source
    path = workspace.file(inputs.one(workspace.plan, "examples"), EXAMPLES_FILE)
    spine = read_table(path, _spine_columns(view, own_row))
    values = view_values(
        view, _source(view, inputs, workspace), spine, own_row=own_row, resources=step.resources
    )
    write_table(values.features, workspace.scratch / FILE)
    facts = {"rows": values.features.num_rows, "null_share": null_share(values.features)}
    return Yield({FILE: workspace.scratch / FILE}, facts)


def null_share(table: pa.Table) -> dict[str, float]:
    """The share of rows in which a column is null (not NaN)."""
    rows = max(1, table.num_rows)
    return {name: table.column(name).null_count / rows for name in table.column_names}


def _spine_columns(view: ViewProgram, own_row: bool) -> list[str]:
    if view.kind == "on_demand":
        return [column.name for column in view.inputs] or [TIME]
    names = [TIME, *(key.name for key in view.keys)]
    return list(dict.fromkeys([*names, ROW] if own_row else names))


def _source(view: ViewProgram, inputs: StepInputs, workspace: Workspace) -> pa.Table:
    if view.kind == "on_demand":
        return pa.table({ROW: np.empty(0, dtype=np.int64)})
    return open_source(sourced(view), inputs, workspace, source_columns(view))
