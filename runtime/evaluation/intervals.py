"""Confidence intervals of the main metric by the bootstrap, seeded.

Rows are drawn with replacement (Efron, 1979) by drawing how often each row counts, so that the
rows are sorted once and every resample costs a pass over them. Sums are numpy's own: those of a
linear algebra library depend on its threads.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..monitoring.class_metrics import FROM_COUNTS, confusion
from .metrics import Floats

LEVEL = 0.95
RESAMPLES = 300

Weighted = Callable[[NDArray[np.float64]], float]


def interval(name: str, labels: Floats, scores: Floats, seed: int) -> dict[str, Any] | None:
    """The percentile interval of `roc_auc` or `rmse`; None where it is not defined."""
    if len(labels) < 2 or (name == "roc_auc" and labels.min() == labels.max()):
        return None
    order = np.argsort(scores, kind="stable")
    weighted = _WEIGHTED[name](labels[order], scores[order])
    rng = np.random.default_rng(seed)
    rows = len(labels)
    drawn = [
        weighted(np.bincount(rng.integers(rows, size=rows), minlength=rows).astype(np.float64))
        for _ in range(RESAMPLES)
    ]
    # A resample without one of the classes says nothing.
    low, high = np.nanquantile(drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return _bounds(low, high)


def _bounds(low: float, high: float) -> dict[str, Any]:
    return {"low": float(low), "high": float(high), "level": LEVEL, "resamples": RESAMPLES}


def class_intervals(labels: Floats, scores: Floats, seed: int) -> dict[str, Any]:
    """The percentile interval of each metric that the confusion matrix tells.

    To draw rows with replacement is to draw the cells of the matrix from a multinomial.
    """
    if len(labels) < 2:
        return {}
    counts = confusion(labels, scores, np.ones(len(labels)))
    rng = np.random.default_rng(seed)
    cells = np.nonzero(counts)
    shares = counts[cells] / len(labels)
    values: dict[str, list[float]] = {name: [] for name in FROM_COUNTS}
    for _ in range(RESAMPLES):
        drawn = np.zeros_like(counts)
        drawn[cells] = rng.multinomial(len(labels), shares)
        for name, compute in FROM_COUNTS.items():
            values[name].append(compute(drawn))
    ends = (1 - LEVEL) / 2, (1 + LEVEL) / 2
    return {name: _bounds(*np.quantile(found, ends)) for name, found in values.items()}


def weighted_roc_auc(labels: Floats, scores: Floats) -> Weighted:
    """ROC AUC as a function of row weights: the Mann-Whitney statistic, ties counting half.

    `scores` ascend.
    """
    positive = (labels > 0.5).astype(np.float64)
    starts = np.flatnonzero(np.r_[True, np.diff(scores) > 0])

    def measure(weights: NDArray[np.float64]) -> float:
        positives = np.add.reduceat(weights * positive, starts)
        negatives = np.add.reduceat(weights, starts) - positives
        below = np.cumsum(negatives) - negatives / 2
        pairs = positives.sum() * negatives.sum()
        return float((positives * below).sum() / pairs) if pairs else float("nan")

    return measure


def weighted_rmse(labels: Floats, scores: Floats) -> Weighted:
    """RMSE as a function of row weights."""
    squares = (scores - labels) ** 2
    return lambda weights: float(np.sqrt((weights * squares).sum() / weights.sum()))


_WEIGHTED: dict[str, Callable[[Floats, Floats], Weighted]] = {
    "roc_auc": weighted_roc_auc,
    "rmse": weighted_rmse,
}
