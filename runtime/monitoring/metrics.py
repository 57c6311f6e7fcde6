"""Metrics with row weights, so that one function serves the estimate and its bootstrap."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ...specs.metrics import metrics_of
from .columns import Floats, Ints

# (labels, scores, weights), each (n,) -> the metric; NaN where it is not defined.
MetricFunction = Callable[[Floats, Floats, Floats], float]

CALIBRATION_BINS = 10
RESAMPLES = 200
# Resampled rows in all: bounds the time that an interval takes on large windows.
RESAMPLED_ROWS = 20_000_000
PROBABILITY_FLOOR = 1e-15


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric's value with its 95% bootstrap interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


def estimate(
    metric: MetricFunction,
    labels: Floats,
    scores: Floats,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """The metric on rows (n,), and the percentile interval of the bootstrap over rows.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
    """
    rows = len(labels)
    if rows == 0:
        return Estimate(None, None, None)
    if scores.ndim == 1:
        order = np.argsort(scores, kind="stable")
        labels, scores = labels[order], scores[order]
    value = metric(labels, scores, np.ones(rows))
    rounds = max(40, min(resamples, RESAMPLED_ROWS // scores.size))
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(rounds):
        weights = np.bincount(random.integers(0, rows, rows), minlength=rows)
        drawn.append(metric(labels, scores, weights.astype(np.float64)))
    sound = np.array([v for v in drawn if np.isfinite(v)])
    if not np.isfinite(value) or sound.size < rounds / 2:
        return Estimate(value if np.isfinite(value) else None, None, None)
    low, high = np.quantile(sound, (0.025, 0.975))
    return Estimate(float(value), float(low), float(high))


def wilson(successes: float, rows: float) -> tuple[float, float]:
    """The 95% interval of a share (Wilson, JASA 22, 1927); (0, 1) without rows."""
    if rows <= 0:
        return 0.0, 1.0
    z = 1.959964
    share, spread = successes / rows, z * z / rows
    middle = share + spread / 2
    reach = z * float(np.sqrt(share * (1 - share) / rows + spread / (4 * rows)))
    return max(0.0, (middle - reach) / (1 + spread)), min(1.0, (middle + reach) / (1 + spread))


def roc_auc(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The chance that a positive row scores above a negative one; ties count half."""
    positives, negatives = _ranked(labels, scores, weights)
    total = positives.sum() * negatives.sum()
    below = np.cumsum(negatives) - negatives / 2
    return float((positives * below).sum() / total) if total > 0 else float("nan")


def average_precision(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The precision at every threshold, weighted by the recall that it adds."""
    positives, negatives = (part[::-1] for part in _ranked(labels, scores, weights))
    found = np.cumsum(positives)
    if not found.size or found[-1] == 0:
        return float("nan")
    taken = found + np.cumsum(negatives)
    precision = np.divide(found, taken, out=np.zeros_like(found), where=taken > 0)
    return float((precision * positives).sum() / found[-1])


def log_loss(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The mean negative log-likelihood, in nats."""
    p = np.clip(scores, PROBABILITY_FLOOR, 1 - PROBABILITY_FLOOR)
    return _mean(-(labels * np.log(p) + (1 - labels) * np.log1p(-p)), weights)


def brier(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The mean squared difference of probability and outcome."""
    return _mean((labels - scores) ** 2, weights)


def accuracy(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The share of rows on the right side of 0.5."""
    return _mean(((scores >= 0.5) == (labels >= 0.5)).astype(np.float64), weights)


def precision(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The share of positives among the rows at or above 0.5."""
    return _mean(labels, weights * (scores >= 0.5))


def recall(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The share of the positives at or above 0.5."""
    return _mean((scores >= 0.5).astype(np.float64), weights * labels)


def f1(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The harmonic mean of precision and recall at 0.5."""
    called = weights * (scores >= 0.5)
    total = float(called.sum() + (weights * labels).sum())
    return float(2 * (called * labels).sum() / total) if total > 0 else float("nan")


def rmse(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The root of the mean squared error."""
    return float(np.sqrt(_mean((labels - scores) ** 2, weights)))


def mae(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The mean absolute error."""
    return _mean(np.abs(labels - scores), weights)


def r2(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The share of the labels' variance that the prediction explains."""
    spread = _mean((labels - _mean(labels, weights)) ** 2, weights)
    return 1 - _mean((labels - scores) ** 2, weights) / spread if spread > 0 else float("nan")


def calibration_error(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The mean distance of score and share of positives, in bins of equal size.

    Source: equal-mass bins as in Nixon et al., "Measuring Calibration in Deep Learning" (2019).
    """
    total = float(weights.sum())
    if not total > 0:
        return float("nan")
    places = equal_bins(scores)
    gaps = np.bincount(places, weights * (scores - labels))
    return float(np.abs(gaps).sum() / total)


def equal_bins(scores: Floats, bins: int = CALIBRATION_BINS) -> Ints:
    """The bin of each score (n,); equal scores share a bin whatever the order of the rows."""
    if not len(scores):
        return np.empty(0, dtype=np.int64)
    ordered = np.sort(scores)
    edges = np.unique(ordered[np.arange(1, bins) * len(ordered) // bins])
    return np.searchsorted(edges, scores, side="right")


def mape(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The mean relative error; not defined where a label is 0."""
    if bool((labels == 0).any()):
        return float("nan")
    return _mean(np.abs((labels - scores) / labels), weights)


def bias(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The mean of prediction minus label."""
    return _mean(scores - labels, weights)


def base_rate(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The share of positives; the scores do not matter."""
    return _mean(labels + 0 * scores, weights)


# The metrics of `specs.metrics`, by name.
METRICS: Mapping[str, MetricFunction] = {
    "roc_auc": roc_auc,
    "pr_auc": average_precision,
    "log_loss": log_loss,
    "brier": brier,
    "accuracy": accuracy,
    "precision": precision,
    "recall": recall,
    "f1": f1,
    "calibration_error": calibration_error,
    "base_rate": base_rate,
    "rmse": rmse,
    "mae": mae,
    "r2": r2,
    "mape": mape,
    "bias": bias,
}


def metric_functions(task: str) -> Mapping[str, MetricFunction]:
    """The metrics of a task by name."""
    from .class_metrics import CLASS_METRICS

    return CLASS_METRICS if task == "multiclass_classification" else METRICS


def point_metrics(task: str, labels: Floats, scores: Floats) -> dict[str, float | None]:
    """Every metric of the task on rows (n,); None where it is not defined."""
    ones, computed = np.ones(len(labels)), metric_functions(task)
    found = {info.name: computed[info.name](labels, scores, ones) for info in metrics_of(task)}
    return {name: value if np.isfinite(value) else None for name, value in found.items()}


def _mean(values: Floats, weights: Floats) -> float:
    total = float(weights.sum())
    return float((values * weights).sum() / total) if total > 0 else float("nan")


def _ranked(labels: Floats, scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weight of positives and of negatives at each distinct score, from low to high."""
    if not len(scores):
        return np.empty(0), np.empty(0)
    order = np.argsort(scores, kind="stable")
    ordered, weighted = scores[order], weights[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    positive = weighted * labels[order]
    return np.add.reduceat(positive, starts), np.add.reduceat(weighted - positive, starts)
