"""Curves that reports draw: a few hundred numbers whatever the number of rows."""

from typing import Any

import numpy as np
from sklearn.metrics import roc_curve

from ...compiler.plan import Task
from ..monitoring.class_metrics import right
from .metrics import Floats, calibration_bins

MOST_POINTS = 200
_QUANTILES = np.linspace(0, 1, 21)


def curves(task: Task, labels: Floats, scores: Floats) -> dict[str, Any]:
    """ROC and calibration of a classifier; quantiles of the residuals of a regression.

    Of several classes, the calibration is that of the likeliest one.
    """
    if not len(labels):
        return {}
    if task == "regression":
        residuals = np.quantile(scores - labels, _QUANTILES)
        return {"residuals": {"quantiles": _list(_QUANTILES), "values": _list(residuals)}}
    if task == "multiclass_classification":
        labels, scores = right(labels, scores).astype(np.float64), scores.max(axis=1)
    bins = calibration_bins(labels, scores)
    found: dict[str, Any] = {
        "calibration": [{"score": s, "share": p, "rows": n} for s, p, n in bins]
    }
    if task == "binary_classification" and labels.min() < labels.max():
        fpr, tpr, _ = roc_curve(labels, scores)
        # Points at even steps along the curve.
        length = np.cumsum(np.r_[0.0, np.diff(fpr) + np.diff(tpr)])
        steps = np.linspace(0, length[-1], MOST_POINTS)
        kept = np.unique(np.searchsorted(length, steps).clip(0, len(fpr) - 1))
        found["roc"] = {"fpr": _list(fpr[kept]), "tpr": _list(tpr[kept])}
    return found


def _list(values: Floats) -> list[float]:
    return [float(f"{value:.6g}") for value in values]
