"""Metrics of models with several classes, with row weights, by the definitions of scikit-learn.

`labels` (n,) are places of classes, `scores` (n, k) probabilities of the classes that the model
knows, in the same order. A label from k on is a class that it does not know: such a row is never
right, and its class has the probability 0. What a row is given is its likeliest class, the first
of equals. Averages are taken over the classes that occur, among the labels or among the answers.
"""

from collections.abc import Callable, Mapping

import numpy as np

from .columns import Bools, Floats, Ints
from .metrics import MetricFunction, calibration_error, roc_auc

# As scikit-learn clips a probability of 0.
_FLOOR = float(np.finfo(np.float64).eps)

FromCounts = Callable[[Floats], float]


def confusion(labels: Floats, scores: Floats, weights: Floats) -> Floats:
    """The weight of the rows of each class (rows) that were given each class (columns)."""
    size = class_count(labels, scores)
    places = labels.astype(np.int64) * size + given(scores)
    counts = np.bincount(places, weights, size * size).reshape(size, size)
    return np.asarray(counts, dtype=np.float64)


def class_count(labels: Floats, scores: Floats) -> int:
    """How many classes there are, with those that the model does not know."""
    return max(int(scores.shape[1]), int(labels.max(initial=-1)) + 1)


def given(scores: Floats) -> Ints:
    """The likeliest class of each row (n,)."""
    return np.asarray(scores.argmax(axis=1), dtype=np.int64)


def right(labels: Floats, scores: Floats) -> Bools:
    """Whether each row (n,) was given its class."""
    return np.asarray(given(scores) == labels, dtype=np.bool_)


def class_shares(counts: Floats) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1 of each class (k,), 0 where the divisor is."""
    hit, true, told = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    return _share(hit, told), _share(hit, true), _share(2 * hit, true + told)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part, dtype=np.float64), where=whole > 0)


def _mean(values: Floats, kept: Bools) -> float:
    return float(values[kept].mean()) if kept.any() else float("nan")


def _occurs(counts: Floats) -> Bools:
    return np.asarray(counts.sum(axis=0) + counts.sum(axis=1) > 0, dtype=np.bool_)


def _seen(counts: Floats) -> Bools:
    return np.asarray(counts.sum(axis=1) > 0, dtype=np.bool_)


def _f1_weighted(counts: Floats) -> float:
    total = float(counts.sum())
    return float((class_shares(counts)[2] * counts.sum(axis=1)).sum() / total) if total else np.nan


def _accuracy(counts: Floats) -> float:
    total = float(counts.sum())
    return float(np.trace(counts)) / total if total else np.nan


def _worst_recall(counts: Floats) -> float:
    return float(class_shares(counts)[1][_seen(counts)].min(initial=np.inf))


# The metrics that the confusion matrix alone tells.
FROM_COUNTS: Mapping[str, FromCounts] = {
    "f1_macro": lambda counts: _mean(class_shares(counts)[2], _occurs(counts)),
    "f1_weighted": _f1_weighted,
    "accuracy": _accuracy,
    "balanced_accuracy": lambda counts: _mean(class_shares(counts)[1], _seen(counts)),
    "worst_recall": _worst_recall,
    "precision_macro": lambda counts: _mean(class_shares(counts)[0], _occurs(counts)),
    "recall_macro": lambda counts: _mean(class_shares(counts)[1], _occurs(counts)),
}


def top_2_accuracy(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The share of rows whose class is one of the two likeliest."""
    own = _own_probability(labels, scores)[:, None]
    before = np.arange(scores.shape[1]) < labels[:, None]
    rank = ((scores > own) | ((scores == own) & before)).sum(axis=1)
    return _weighted((rank < 2) & (labels < scores.shape[1]), weights)


def class_roc_auc(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The area under the ROC curve of each class against the rest, averaged over the classes that
    have rows on both sides."""
    nothing = np.zeros(len(labels))
    found = [
        roc_auc(
            (labels == place).astype(np.float64),
            scores[:, place] if place < scores.shape[1] else nothing,
            weights,
        )
        for place in range(class_count(labels, scores))
    ]
    return _mean(np.array(found), np.isfinite(found))


def log_loss(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The mean negative logarithm of the probability that a row's class was given, in nats."""
    return _weighted(-np.log(np.clip(_own_probability(labels, scores), _FLOOR, 1)), weights)


def brier(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The mean, over rows, of the squared error of the probabilities, summed over classes."""
    own = _own_probability(labels, scores)
    return _weighted((scores**2).sum(axis=1) - 2 * own + 1, weights)


def confidence_error(labels: Floats, scores: Floats, weights: Floats) -> float:
    """The mean distance of the highest probability and accuracy, in bins of equal size."""
    confidence = scores.max(axis=1, initial=0)
    return calibration_error(right(labels, scores).astype(np.float64), confidence, weights)


def _own_probability(labels: Floats, scores: Floats) -> Floats:
    """The probability (n,) that each row's class was given."""
    known = labels < scores.shape[1]
    own = np.zeros(len(labels))
    own[known] = scores[known, labels[known].astype(np.int64)]
    return own


def _weighted(values: Floats | Bools, weights: Floats) -> float:
    total = float(weights.sum())
    return float((values * weights).sum() / total) if total > 0 else np.nan


def _from_counts(compute: FromCounts) -> MetricFunction:
    return lambda labels, scores, weights: compute(confusion(labels, scores, weights))


# The metrics of `specs.metrics` for several classes, by name.
CLASS_METRICS: Mapping[str, MetricFunction] = {
    **{name: _from_counts(compute) for name, compute in FROM_COUNTS.items()},
    "top_2_accuracy": top_2_accuracy,
    "roc_auc": class_roc_auc,
    "log_loss": log_loss,
    "brier": brier,
    "calibration_error": confidence_error,
}
