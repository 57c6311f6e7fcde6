"""Metrics against scikit-learn, with weights and ties; intervals that hold what they promise."""

import numpy as np
import pytest
from sklearn import metrics as sk

from onespec.runtime.monitoring.metrics import (
    METRICS,
    estimate,
    metric_functions,
    point_metrics,
    wilson,
)
from onespec.specs.metrics import MAIN_METRIC, metrics_of
from onespec.specs.metrics import METRICS as KNOWN


def rows(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    scores = np.round(random.random(n), 2)
    labels = (random.random(n) < scores).astype(float)
    return labels, scores, random.integers(0, 4, n).astype(float)


def called(scores: np.ndarray) -> np.ndarray:
    return scores >= 0.5


ORACLES = {
    "roc_auc": lambda y, s, w: sk.roc_auc_score(y, s, sample_weight=w),
    "pr_auc": lambda y, s, w: sk.average_precision_score(y, s, sample_weight=w),
    "log_loss": lambda y, s, w: sk.log_loss(y, s, sample_weight=w),
    "brier": lambda y, s, w: sk.brier_score_loss(y, s, sample_weight=w),
    "accuracy": lambda y, s, w: sk.accuracy_score(y, called(s), sample_weight=w),
    "precision": lambda y, s, w: sk.precision_score(y, called(s), sample_weight=w),
    "recall": lambda y, s, w: sk.recall_score(y, called(s), sample_weight=w),
    "f1": lambda y, s, w: sk.f1_score(y, called(s), sample_weight=w),
    "base_rate": lambda y, s, w: np.average(y, weights=w),
    "rmse": lambda y, s, w: sk.root_mean_squared_error(y, s, sample_weight=w),
    "mae": lambda y, s, w: sk.mean_absolute_error(y, s, sample_weight=w),
    "r2": lambda y, s, w: sk.r2_score(y, s, sample_weight=w),
    "bias": lambda y, s, w: np.average(s - y, weights=w),
}


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("seed", [0, 1])
def test_equal_to_scikit_learn(name: str, seed: int) -> None:
    labels, scores, weights = rows(seed)
    scores = np.clip(scores, 0.01, 0.99)
    found = METRICS[name](labels, scores, weights)
    assert found == pytest.approx(ORACLES[name](labels, scores, weights), abs=1e-12)


@pytest.mark.parametrize("task", MAIN_METRIC)
def test_every_metric_of_the_language_is_here(task: str) -> None:
    assert set(metric_functions(task)) >= {info.name for info in metrics_of(task)}
    known = {info.name for info in KNOWN}
    assert set(metric_functions(task)) <= known


def test_mape_and_calibration_by_hand() -> None:
    ones = np.ones(2)
    assert METRICS["mape"](np.array([2.0, 4.0]), np.array([1.0, 5.0]), ones) == pytest.approx(0.375)
    assert np.isnan(METRICS["mape"](np.array([0.0, 4.0]), np.array([1.0, 5.0]), ones))
    labels = np.tile([0.0, 0.0, 0.0, 1.0], 50)
    assert METRICS["calibration_error"](labels, np.full(200, 0.25), np.ones(200)) < 1e-12
    off = METRICS["calibration_error"](labels, np.full(200, 0.75), np.ones(200))
    assert off == pytest.approx(0.5)


@pytest.mark.parametrize("task", MAIN_METRIC)
def test_one_class_or_no_rows_is_not_defined(task: str) -> None:
    none = np.empty(0)
    scores = np.empty((0, 3)) if task == "multiclass_classification" else none
    assert set(point_metrics(task, none, scores).values()) == {None}
    single = point_metrics("binary_classification", np.ones(20), np.linspace(0.1, 0.9, 20))
    assert single["roc_auc"] is None
    assert single["recall"] is not None


def test_the_interval_does_not_depend_on_the_order_of_rows_by_score() -> None:
    labels, scores, _ = rows(3)
    scores = scores + np.arange(len(scores)) * 1e-9
    order = np.random.default_rng(0).permutation(len(labels))
    metric = METRICS["roc_auc"]
    assert estimate(metric, labels, scores) == estimate(metric, labels[order], scores[order])


def test_the_interval_covers_the_truth() -> None:
    covered = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        labels = np.repeat([0.0, 1.0], 150)
        found = estimate(METRICS["roc_auc"], labels, random.standard_normal(300) + labels, 120)
        truth = 0.7602499  # P(N(1, 2) > 0)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
    # 60 trials at 95%: 50 or fewer would happen less than once in ten thousand times.
    assert covered > 50


def test_wilson() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(10, 100)
    assert (low, high) == (pytest.approx(0.0552, abs=1e-4), pytest.approx(0.1744, abs=1e-4))
    assert wilson(0, 50)[0] == 0.0
