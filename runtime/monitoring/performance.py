"""Performance: the metric on the rows whose outcome is known by now, and calibration."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...compiler.plan import Performance, Task
from ...specs.metrics import metric as known_metric
from ...specs.metrics import metrics_of
from ..errors import StepError
from .buckets import MOST_BUCKETS, Buckets
from .class_metrics import right
from .class_table import class_table
from .columns import Floats, Ints
from .metrics import Estimate, MetricFunction, equal_bins, estimate, metric_functions, wilson
from .state import State

# A point over time stands for about so many rows, and is left out with fewer than the least.
POINT_ROWS = 120
LEAST_POINT_ROWS = 50
BUCKET_RESAMPLES = 80


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Mature predictions (n,), by event time; `labels` is NaN where no outcome was found.

    Of several classes, labels are places among `classes`, and `scores` (n, k) the probabilities of
    the first k of them, which are those that a model knew.
    """

    scores: Floats
    labels: Floats
    times: Ints
    ambiguous: int = 0
    classes: tuple[str, ...] = ()


def measure_performance(
    outcomes: Outcomes,
    performance: Performance,
    minimum_rows: int,
    task: Task,
    trained: Mapping[str, Any],
) -> dict[str, Any]:
    """The metric with its interval, over time, label coverage and calibration, as JSON data.

    It is `alert` only where the whole 95% interval is beyond the bound, and `warn` where only the
    estimate is. `trained` holds the metrics of the held-out rows at training time.

    Of several classes, means
    and calibration are those of the likeliest one: whether it was right, and its probability; and
    it is told how well each class was found.
    """
    metric, info = _metric(performance.metric, task), known_metric(performance.metric, task)
    unscored = np.isnan(outcomes.scores)
    known = ~(np.isnan(outcomes.labels) | (unscored.any(axis=1) if unscored.ndim > 1 else unscored))
    labels, scores, times = outcomes.labels[known], outcomes.scores[known], outcomes.times[known]
    found = estimate(metric, labels, scores)
    rows = len(labels)
    several = class_table(labels, scores, outcomes.classes) if outcomes.classes else {}
    own = metric, labels, scores, times
    if outcomes.classes:
        labels, scores, task = _as_right(labels, scores)
    return {
        "metric": performance.metric,
        "direction": info.direction if info else "neither",
        "minimum": performance.minimum,
        "maximum": performance.maximum,
        **asdict(found),
        "state": judge(found, performance) if rows >= minimum_rows else "insufficient",
        "rows": rows,
        "mature_rows": len(known),
        "coverage": rows / len(known) if len(known) else None,
        "ambiguous_rows": outcomes.ambiguous,
        "label_mean": float(labels.mean()) if rows else None,
        "score_mean": float(scores.mean()) if rows else None,
        "at_training": trained.get(performance.metric),
        "over_time": _over_time(*own),
        "calibration": calibration(labels, scores, task),
        **several,
    }


def _as_right(labels: Floats, scores: Floats) -> tuple[Floats, Floats, Task]:
    """Whether the likeliest class was right, and its probability: a yes-no question."""
    hit = right(labels, scores).astype(np.float64)
    return hit, scores.max(axis=1, initial=0), "binary_classification"


def judge(found: Estimate, performance: Performance) -> State:
    """The state of an estimate against the bounds of the spec."""
    if found.value is None:
        return "insufficient"
    states: list[State] = ["ok"]
    if performance.minimum is not None and found.value < performance.minimum:
        sure = found.high is not None and found.high < performance.minimum
        states.append("alert" if sure else "warn")
    if performance.maximum is not None and found.value > performance.maximum:
        sure = found.low is not None and found.low > performance.maximum
        states.append("alert" if sure else "warn")
    return "alert" if "alert" in states else states[-1]


def calibration(labels: Floats, scores: Floats, task: Task) -> dict[str, Any] | None:
    """Mean prediction and mean outcome in bins of equal size, and the mean gap between them.

    None without rows.
    """
    if not len(labels):
        return None
    places = equal_bins(scores)
    points = []
    for place in np.unique(places).tolist():
        inside = places == place
        low, high = _interval(labels[inside], task)
        points.append(
            {
                "rows": int(inside.sum()),
                "predicted": float(scores[inside].mean()),
                "observed": float(labels[inside].mean()),
                "low": low,
                "high": high,
            }
        )
    gaps = sum(p["rows"] * abs(p["observed"] - p["predicted"]) for p in points)
    return {"error": gaps / len(labels), "points": points}


def _interval(labels: Floats, task: Task) -> tuple[float, float]:
    if task == "binary_classification":
        return wilson(float(labels.sum()), len(labels))
    reach = 1.959964 * float(labels.std()) / len(labels) ** 0.5
    return float(labels.mean()) - reach, float(labels.mean()) + reach


def _over_time(
    metric: MetricFunction, labels: Floats, scores: Floats, times: Ints
) -> list[dict[str, Any]]:
    if not len(times):
        return []
    most = max(2, min(MOST_BUCKETS, len(times) // POINT_ROWS))
    buckets = Buckets.of(int(times.min()), int(times.max()) + 1, most)
    places = buckets.places(times)
    points = []
    for place in np.unique(places).tolist():
        inside = places == place
        if (rows := int(inside.sum())) < LEAST_POINT_ROWS:
            continue
        found = estimate(metric, labels[inside], scores[inside], BUCKET_RESAMPLES)
        if found.value is not None:
            points.append({"start": buckets.start(place), "width": buckets.width, "rows": rows}
                          | asdict(found))  # fmt: skip
    return points


def _metric(name: str, task: Task) -> MetricFunction:
    usable = [info.name for info in metrics_of(task)]
    if name not in usable:
        raise StepError(
            f"the monitor asks for `{name}`, which is not a metric of {task}",
            remedy=f"use one of: {', '.join(usable)}",
        )
    return metric_functions(task)[name]
