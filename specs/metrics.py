"""The metrics that gates, tuning and monitors may name, by task."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Direction = Literal["higher", "lower", "neither"]


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """A metric. `direction` says which way is better; `low` and `high` bound its values."""

    name: str
    task: str
    direction: Direction
    low: float | None
    high: float | None
    meaning: str


_MULTICLASS = "multiclass_classification"

METRICS = (
    MetricInfo("roc_auc", "binary_classification", "higher", 0, 1, "area under the ROC curve"),
    MetricInfo("pr_auc", "binary_classification", "higher", 0, 1, "average precision"),
    MetricInfo("log_loss", "binary_classification", "lower", 0, None, "mean negative log score"),
    MetricInfo("brier", "binary_classification", "lower", 0, 1, "mean squared error of the score"),
    MetricInfo("accuracy", "binary_classification", "higher", 0, 1, "share correct at 0.5"),
    MetricInfo("precision", "binary_classification", "higher", 0, 1, "precision at 0.5"),
    MetricInfo("recall", "binary_classification", "higher", 0, 1, "recall at 0.5"),
    MetricInfo("f1", "binary_classification", "higher", 0, 1, "F1 at 0.5"),
    MetricInfo(
        "calibration_error",
        "binary_classification",
        "lower",
        0,
        1,
        "mean distance of score and share of positives, in ten bins of equal size",
    ),
    MetricInfo("base_rate", "binary_classification", "neither", 0, 1, "share of positives"),
    MetricInfo(
        "f1_macro", _MULTICLASS, "higher", 0, 1, "F1 of each class, averaged over the classes"
    ),
    MetricInfo(
        "f1_weighted", _MULTICLASS, "higher", 0, 1, "F1 of each class, averaged over the rows"
    ),
    MetricInfo("accuracy", _MULTICLASS, "higher", 0, 1, "share of rows given their class"),
    MetricInfo(
        "balanced_accuracy", _MULTICLASS, "higher", 0, 1, "recall, averaged over the classes seen"
    ),
    MetricInfo(
        "top_2_accuracy",
        _MULTICLASS,
        "higher",
        0,
        1,
        "share whose class is among the likeliest two",
    ),
    MetricInfo("worst_recall", _MULTICLASS, "higher", 0, 1, "recall of the class found least"),
    MetricInfo(
        "precision_macro", _MULTICLASS, "higher", 0, 1, "precision, averaged over the classes"
    ),
    MetricInfo("recall_macro", _MULTICLASS, "higher", 0, 1, "recall, averaged over the classes"),
    MetricInfo(
        "roc_auc",
        _MULTICLASS,
        "higher",
        0,
        1,
        "area under the ROC curve of each class against the rest, averaged",
    ),
    MetricInfo(
        "log_loss", _MULTICLASS, "lower", 0, None, "mean negative log probability of the class"
    ),
    MetricInfo(
        "brier",
        _MULTICLASS,
        "lower",
        0,
        2,
        "squared error of the probabilities, summed over classes",
    ),
    MetricInfo(
        "calibration_error",
        _MULTICLASS,
        "lower",
        0,
        1,
        "mean distance of the highest probability and accuracy, in ten bins of equal size",
    ),
    MetricInfo("rmse", "regression", "lower", 0, None, "root of the mean squared error"),
    MetricInfo("mae", "regression", "lower", 0, None, "mean absolute error"),
    MetricInfo("r2", "regression", "higher", None, 1, "share of the variance explained"),
    MetricInfo("mape", "regression", "lower", 0, None, "mean relative error; no label may be 0"),
    MetricInfo("bias", "regression", "neither", None, None, "mean of prediction minus label"),
)

# The metric that stands for the whole: intervals, importance and tuning use it by default.
MAIN_METRIC = {
    "binary_classification": "roc_auc",
    "multiclass_classification": "f1_macro",
    "regression": "rmse",
}

# What a gate's subject may begin with: `test.roc_auc`, `slice.origin.roc_auc`, `serving.…`.
SPLITS = ("train", "validation", "test")
SERVING_MEASURES = {
    "latency_p50": "median time of a one-row prediction, in seconds",
    "latency_p99": "99th percentile of a one-row prediction, in seconds",
    "model_size": "size of the model file, in bytes",
}


def metric(name: str, task: str) -> MetricInfo | None:
    """The metric of that name for a task."""
    return next((info for info in metrics_of(task) if info.name == name), None)


def metrics_of(task: str) -> Iterator[MetricInfo]:
    """The metrics of a task, in the order that reports show them."""
    return (info for info in METRICS if info.task == task)
