"""Examples and features side by side, each row in a part: train, validation or test."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...compiler.plan import Split, Step, TrainingSetParams
from ..errors import StepError
from ..features.assemble import assemble
from ..features.execute import ROW, TIME
from ..features.split import LEFT_OUT, PARTS, split_by_time, split_randomly
from ..features.table_file import write_table
from ..value import Yield
from ..workspace import StepInputs, Workspace
from .features import null_share

FILE = "training_set.parquet"
SPLIT = "__split"
LABEL = "label"
# Of the commonest classes, the rows are told.
_MOST_LABELS = 50


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """`training_set.parquet`: the examples' columns, the features by reference, and `__split`.

    Rows in the gap between two parts are left out. Facts: `rows`, `gap_rows`, `rows_by_split`,
    `label_mean` (for a yes-no label the share of yes) by split, or `label_rows` of labels that are
    strings, and `null_share` by feature.
    """
    params = step.params
    assert isinstance(params, TrainingSetParams)
    table = assemble(inputs, workspace, params.features)
    parts = _parts(table, params.split)
    kept = parts != LEFT_OUT
    if not kept.all():
        table, parts = table.filter(pa.array(kept)), parts[kept]
    _reject_empty(params.split, parts)
    names = pa.DictionaryArray.from_arrays(pa.array(parts), pa.array(PARTS)).cast(pa.string())
    table = table.append_column(SPLIT, names)
    write_table(table, workspace.scratch / FILE)
    return Yield({FILE: workspace.scratch / FILE}, _facts(table, parts, params, kept))


def _parts(table: pa.Table, split: Split) -> NDArray[np.int8]:
    if split.by == "time":
        return split_by_time(table.column(TIME).cast("int64").to_numpy(), split)
    return split_randomly(table.column(ROW).to_numpy(), split)


def _reject_empty(split: Split, parts: NDArray[np.int8]) -> None:
    shares = (split.train, split.validation, split.test)
    empty = [
        name
        for place, (name, share) in enumerate(zip(PARTS, shares, strict=True))
        if share > 0 and not (parts == place).any()
    ]
    if empty:
        raise StepError(
            f"{len(parts)} examples leave no row for {' and '.join(empty)}",
            remedy="use more examples, other shares, or a shorter gap",
        )


def _facts(
    table: pa.Table, parts: NDArray[np.int8], params: TrainingSetParams, kept: Any
) -> dict[str, Any]:
    present = {name: parts == place for place, name in enumerate(PARTS)}
    return {
        "rows": table.num_rows,
        "gap_rows": int(np.count_nonzero(~kept)),
        "rows_by_split": {name: int(np.count_nonzero(rows)) for name, rows in present.items()},
        **_labels(table.column(LABEL), present),
        "null_share": null_share(table.select([f.reference for f in params.features])),
    }


def _labels(labels: Any, present: dict[str, Any]) -> dict[str, Any]:
    if not _is_text(labels.type):
        if pa.types.is_boolean(labels.type):
            labels = pc.cast(labels, pa.int8())
        numbers = labels.cast(pa.float64()).to_numpy()
        means = {n: float(numbers[rows].mean()) for n, rows in present.items() if rows.any()}
        return {"label_mean": means}
    counted = {}
    for name, rows in present.items():
        found = pc.value_counts(labels.filter(pa.array(rows))).to_pylist()
        found.sort(key=lambda one: (-one["counts"], one["values"]))
        counted[name] = {one["values"]: one["counts"] for one in found[:_MOST_LABELS]}
    return {"label_rows": counted}


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
