"""Everything that is measured about a model, in one JSON layout."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...compiler.plan import Task
from ...specs.metrics import MAIN_METRIC
from ..errors import StepError
from ..monitoring.class_table import class_table
from ..trainers.scorer import Scorer
from ..trainers.training_set import PARTS, Part, TrainingSet
from .curves import curves
from .intervals import class_intervals, interval
from .metrics import Floats, measure
from .slices import measure_slices


def evaluate(
    scorer: Scorer, data: TrainingSet, slices: Sequence[str], *, seed: int = 0, workers: int = 1
) -> dict[str, Any]:
    """Metrics by split; slices, an interval of the main metric and curves on the test split.

    `{"test": {"rows": …, "roc_auc": …}, "slices": {"origin": {"JFK": {…}}}, …}`; a metric that is
    not defined is null. Of several classes the report also tells how well each was told.
    """
    report: dict[str, Any] = {"task": data.task, "main_metric": MAIN_METRIC[data.task]}
    if data.classes:
        report |= {"classes": list(data.classes), "strange_classes": list(data.strange)}
    for name in PARTS:
        part = data.part(name)
        scores = part_scores(scorer, part, workers)
        report[name] = {"rows": len(part), **measure(data.task, part.labels, scores)}
        if name == "test":
            report |= _closely(part, scores, data, slices, seed)
    return report


def part_scores(scorer: Scorer, part: Part, workers: int) -> Floats:
    """The scores of a split. Raises StepError where one is not finite."""
    scores = scorer.score_inputs(part.inputs, workers).astype(np.float64)
    if not np.isfinite(scores).all():
        raise StepError(f"the model scores some rows of the {part.name} split as not finite")
    return scores


def _closely(
    part: Part, scores: Floats, data: TrainingSet, slices: Sequence[str], seed: int
) -> dict[str, Any]:
    sliced = {
        column: measure_slices(data.task, part.table.column(column), part.labels, scores)
        for column in slices
    }
    return {
        "intervals": {"test": _intervals(data.task, part.labels, scores, seed)},
        "slices": {column: dict(found.slices) for column, found in sliced.items()},
        "worst": {column: dict(found.worst) for column, found in sliced.items()},
        "left_out": {column: dict(found.left_out) for column, found in sliced.items()},
        "curves": curves(data.task, part.labels, scores),
        **(
            class_table(part.labels, scores, (*data.classes, *data.strange)) if data.classes else {}
        ),
    }


def _intervals(task: Task, labels: Floats, scores: Floats, seed: int) -> dict[str, Any]:
    if task == "multiclass_classification":
        return class_intervals(labels, scores, seed)
    bounds = interval(MAIN_METRIC[task], labels, scores, seed)
    return {MAIN_METRIC[task]: bounds} if bounds else {}
