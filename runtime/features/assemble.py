"""Examples and the features of all views, column by column."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ...compiler.plan import Feature
from ..errors import StepError
from ..workspace import StepInputs, Workspace
from .table_file import read_table


def assemble(inputs: StepInputs, workspace: Workspace, features: Sequence[Feature]) -> pa.Table:
    """The examples' columns, then the features in the order asked for; rows as in the examples."""
    plan = workspace.plan
    examples = inputs.one(plan, "examples")
    table = read_table(workspace.file(examples, "examples.parquet"))
    columns = {name: table.column(name) for name in table.column_names}
    made: dict[str, Any] = {}
    wanted = {feature.reference for feature in features}
    for step, value in inputs.of_kind(plan, "features"):
        part = read_table(workspace.file(value, "features.parquet"))
        if part.num_rows != table.num_rows:
            raise StepError(f"{step.id} has {part.num_rows} rows for {table.num_rows} examples")
        made |= {name: part.column(name) for name in part.column_names if name in wanted}
    clash = sorted(set(columns) & wanted)
    if clash:
        raise StepError(
            f"columns of the source are named like features: {', '.join(clash)}",
            remedy="rename the columns or the views",
        )
    return pa.table(columns | {feature.reference: made[feature.reference] for feature in features})
