"""The metrics of `specs.metrics`, from labels and scores.

Scikit-learn computes what is more than a mean; the means are so short that its checks of the
arguments would take most of the time of a slice. Those of several classes are the monitors' own.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics as sk

from ...compiler.plan import Task
from ...specs.metrics import metrics_of
from ..monitoring.class_metrics import CLASS_METRICS

Floats = NDArray[np.float64]
Measured = dict[str, float | None]

CALIBRATION_BINS = 10
THRESHOLD = 0.5


def measure(task: Task, labels: Floats, scores: Floats) -> Measured:
    """Every metric of the task by name; None where it is not defined, as on no rows."""
    return {info.name: measure_one(task, info.name, labels, scores) for info in metrics_of(task)}


def measure_one(task: Task, name: str, labels: Floats, scores: Floats) -> float | None:
    """One metric. Raises KeyError for a name that is not a metric of the task."""
    several = task == "multiclass_classification"
    compute = _of_classes(name) if several else _METRICS[name]
    if not len(labels):
        return None
    value = compute(np.asarray(labels, np.float64), np.asarray(scores, np.float64))
    return None if value is None or not np.isfinite(value) else float(value)


def _of_classes(name: str) -> Callable[[Floats, Floats], float]:
    compute = CLASS_METRICS[name]
    return lambda labels, scores: compute(labels, scores, np.ones(len(labels)))


def calibration_bins(labels: Floats, scores: Floats) -> list[tuple[float, float, int]]:
    """Mean score, share of positives and rows of ten bins of equal size, lowest scores first."""
    order = np.argsort(scores, kind="stable")
    return [
        (float(scores[part].mean()), float(labels[part].mean()), len(part))
        for part in np.array_split(order, min(CALIBRATION_BINS, len(order)))
        if len(part)
    ]


def _calibration_error(labels: Floats, scores: Floats) -> float:
    bins = calibration_bins(labels, scores)
    return sum(rows * abs(score - share) for score, share, rows in bins) / len(labels)


def _roc_auc(labels: Floats, scores: Floats) -> float | None:
    if labels.min() == labels.max():
        return None
    return float(sk.roc_auc_score(labels, scores))


def _pr_auc(labels: Floats, scores: Floats) -> float | None:
    return float(sk.average_precision_score(labels, scores)) if labels.any() else None


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _precision(labels: Floats, scores: Floats) -> float | None:
    chosen = scores >= THRESHOLD
    return _share(float(labels[chosen].sum()), float(chosen.sum()))


def _recall(labels: Floats, scores: Floats) -> float | None:
    return _share(float(labels[scores >= THRESHOLD].sum()), float(labels.sum()))


def _f1(labels: Floats, scores: Floats) -> float | None:
    chosen = scores >= THRESHOLD
    if not labels.any():
        return None
    return _share(2 * float(labels[chosen].sum()), float(chosen.sum() + labels.sum()))


def _log_loss(labels: Floats, scores: Floats) -> float:
    # The mean of a forest, added up in single precision, may be a rounding above 1.
    return float(sk.log_loss(labels, np.clip(scores, 0, 1), labels=[0.0, 1.0]))


def _r2(labels: Floats, scores: Floats) -> float | None:
    return float(sk.r2_score(labels, scores)) if labels.min() < labels.max() else None


def _mape(labels: Floats, scores: Floats) -> float | None:
    if not labels.all():
        return None
    return float(sk.mean_absolute_percentage_error(labels, scores))


_METRICS: dict[str, Callable[[Floats, Floats], float | None]] = {
    "roc_auc": _roc_auc,
    "pr_auc": _pr_auc,
    "log_loss": _log_loss,
    "brier": lambda labels, scores: float(np.mean((scores - labels) ** 2)),
    "accuracy": lambda labels, scores: float(np.mean((scores >= THRESHOLD) == (labels > 0))),
    "precision": _precision,
    "recall": _recall,
    "f1": _f1,
    "calibration_error": _calibration_error,
    "base_rate": lambda labels, _: float(labels.mean()),
    "rmse": lambda labels, scores: float(sk.root_mean_squared_error(labels, scores)),
    "mae": lambda labels, scores: float(sk.mean_absolute_error(labels, scores)),
    "r2": _r2,
    "mape": _mape,
    "bias": lambda labels, scores: float(np.mean(scores - labels)),
}
