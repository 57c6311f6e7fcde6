"""Permutation importance: how much worse the metric is when one feature is shuffled.

After Breiman, "Random forests" (2001), and Fisher, Rudin and Dominici (2019).
"""

from typing import Any

import numpy as np

from ...compiler.plan import Task
from ...specs.metrics import MAIN_METRIC, metric
from ..trainers.inputs import ModelInputs
from ..trainers.scorer import Scorer
from ..trainers.training_set import Part
from .metrics import measure_one

MOST_ROWS = 5_000
REPEATS = 5


def permutation_importance(
    scorer: Scorer, part: Part, task: Task, *, seed: int, workers: int = 1
) -> dict[str, Any]:
    """The loss in the main metric by feature, most important first, on a seeded sample."""
    name = MAIN_METRIC[task]
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(len(part))[:MOST_ROWS])
    inputs, labels = part.inputs.rows(chosen), part.labels[chosen]
    info = metric(name, task)
    sign = -1 if info is not None and info.direction == "lower" else 1

    def measured(rows: ModelInputs) -> float | None:
        scores = scorer.score_inputs(rows, workers).astype(np.float64)
        return measure_one(task, name, labels, scores)

    base = measured(inputs)
    report: dict[str, Any] = {
        "metric": name,
        "split": part.name,
        "rows": len(chosen),
        "repeats": REPEATS,
        "base": base,
        "features": [],
    }
    if base is not None:
        for place, reference in enumerate(scorer.features):
            losses = [sign * (base - loss) for loss in _shuffled(inputs, place, rng, measured)]
            report["features"].append(
                {
                    "reference": reference,
                    "importance": float(np.mean(losses)),
                    "deviation": float(np.std(losses)),
                }
            )
    report["features"].sort(key=lambda f: (-f["importance"], f["reference"]))
    return report


def _shuffled(inputs: ModelInputs, place: int, rng: Any, measured: Any) -> list[float]:
    rows = ModelInputs(inputs.numeric.copy(), inputs.categorical.copy())
    found = []
    for _ in range(REPEATS):
        rows.column(place)[:] = rng.permutation(inputs.column(place))
        found.append(measured(rows))
    return found
