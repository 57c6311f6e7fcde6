"""Metrics, intervals and slices against scikit-learn and by hand."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from sklearn.metrics import roc_auc_score

from onespec.runtime.evaluation.curves import MOST_POINTS, curves
from onespec.runtime.evaluation.intervals import (
    class_intervals,
    interval,
    weighted_rmse,
    weighted_roc_auc,
)
from onespec.runtime.evaluation.metrics import calibration_bins, measure
from onespec.runtime.evaluation.slices import MINIMUM_ROWS, MOST_SLICES, measure_slices

RNG = np.random.default_rng(0)


def scored(rows: int, seed: int = 0) -> tuple[Any, Any]:
    """Labels and well calibrated scores with ties."""
    rng = np.random.default_rng(seed)
    scores = np.round(rng.random(rows), 2)
    return (rng.random(rows) < scores).astype(np.float64), scores


def test_binary_by_hand() -> None:
    labels = np.array([0.0, 0, 1, 1])
    found = measure("binary_classification", labels, np.array([0.1, 0.6, 0.4, 0.9]))
    assert found["roc_auc"] == 0.75
    assert found["accuracy"] == found["precision"] == found["recall"] == found["f1"] == 0.5
    assert found["brier"] == pytest.approx((0.01 + 0.36 + 0.36 + 0.01) / 4)
    assert found["base_rate"] == 0.5


def test_thresholds_are_scikit_learns() -> None:
    labels, scores = scored(500)
    found = measure("binary_classification", labels, scores)
    chosen = scores >= 0.5
    for name, theirs in (
        ("accuracy", sk.accuracy_score),
        ("precision", sk.precision_score),
        ("recall", sk.recall_score),
        ("f1", sk.f1_score),
        ("log_loss", lambda labels, _: sk.log_loss(labels, scores)),
        ("brier", lambda labels, _: sk.brier_score_loss(labels, scores)),
        ("pr_auc", lambda labels, _: sk.average_precision_score(labels, scores)),
    ):
        assert found[name] == pytest.approx(theirs(labels, chosen)), name


def test_regression_by_hand() -> None:
    found = measure("regression", np.array([1.0, 2, 4]), np.array([2.0, 2, 2]))
    assert found["rmse"] == pytest.approx(np.sqrt(5 / 3))
    assert found["mae"] == 1
    assert found["bias"] == pytest.approx(-1 / 3)
    assert found["mape"] == pytest.approx((1 + 0 + 0.5) / 3)
    assert measure("regression", np.array([0.0, 1]), np.zeros(2))["mape"] is None


def test_what_is_not_defined_is_none() -> None:
    nothing = np.zeros(0)
    assert set(measure("binary_classification", nothing, nothing).values()) == {None}
    negative = measure("binary_classification", np.zeros(3), np.array([0.1, 0.2, 0.3]))
    for name in ("roc_auc", "pr_auc", "precision", "recall", "f1"):
        assert negative[name] is None
    assert negative["accuracy"] == 1


def test_calibration() -> None:
    labels, scores = scored(20_000)
    found = measure("binary_classification", labels, scores)["calibration_error"]
    assert found is not None
    assert found < 0.02
    shifted = measure("binary_classification", labels, np.clip(scores + 0.2, 0, 1))
    assert shifted["calibration_error"] == pytest.approx(0.19, abs=0.02)
    assert sum(rows for _, _, rows in calibration_bins(labels, scores)) == len(labels)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 60))
def test_weighted_metrics_are_scikit_learns(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    labels = (rng.random(rows) < 0.5).astype(np.float64)
    labels[:2] = 0, 1
    scores = np.sort(np.round(rng.random(rows), 1))
    weights = rng.integers(0, 4, rows).astype(np.float64)
    weights[:2] = 1
    expected = roc_auc_score(labels, scores, sample_weight=weights)
    assert weighted_roc_auc(labels, scores)(weights) == pytest.approx(expected)
    expected = np.sqrt(np.average((labels - scores) ** 2, weights=weights))
    assert weighted_rmse(labels, scores)(weights) == pytest.approx(expected)


def test_intervals_are_seeded_and_hold_the_estimate() -> None:
    labels, scores = scored(2000)
    found = interval("roc_auc", labels, scores, seed=1)
    assert found == interval("roc_auc", labels, scores, seed=1)
    assert found != interval("roc_auc", labels, scores, seed=2)
    assert found is not None
    assert found["low"] < roc_auc_score(labels, scores) < found["high"]
    assert interval("roc_auc", np.ones(5), np.ones(5), seed=0) is None


def test_intervals_cover_as_they_say() -> None:
    """The true RMSE of unit noise is 1; a 95% interval misses it about once in twenty."""
    covered = 0
    for seed in range(60):
        noise = np.random.default_rng(seed).normal(size=300)
        found = interval("rmse", np.zeros(300), noise, seed)
        assert found is not None
        covered += found["low"] <= 1 <= found["high"]
    assert 50 <= covered <= 60


def test_slices_and_the_worst_of_them() -> None:
    labels, scores = scored(4000)
    names = np.array(["good", "bad", None, "tiny"], dtype=object)
    column = names[np.r_[np.zeros(2000, int), np.ones(1500, int), np.full(450, 2), np.full(50, 3)]]
    scores[2000:3500] = RNG.random(1500)  # a model that knows nothing about this slice
    found = measure_slices("binary_classification", pa.array(column), labels, scores)
    assert list(found.slices) == ["bad", "good", "null"]
    assert found.slices["bad"]["rows"] == 1500
    assert found.left_out == {"slices": 1, "rows": 50}
    assert found.worst["roc_auc"]["slice"] == "bad"
    assert found.worst["roc_auc"]["value"] == found.slices["bad"]["roc_auc"]
    assert found.worst["log_loss"]["slice"] == "bad"  # here the worst is the largest
    assert "base_rate" not in found.worst


def test_slices_of_one_class_or_too_many() -> None:
    rows = (MOST_SLICES + 5) * MINIMUM_ROWS
    labels, scores = scored(rows)
    column = pa.array(np.arange(rows) // MINIMUM_ROWS)
    found = measure_slices("binary_classification", column, labels, scores)
    assert len(found.slices) == MOST_SLICES
    only = measure_slices("binary_classification", column, np.zeros(rows), scores)
    assert not only.slices
    assert not only.worst
    assert len(measure_slices("regression", column, labels, scores).slices) == MOST_SLICES


def test_slices_of_booleans_and_dictionaries() -> None:
    labels, scores = scored(400)
    flags = pa.array(np.arange(400) % 2 == 0)
    assert list(measure_slices("regression", flags, labels, scores).slices) == ["false", "true"]
    coded = pa.chunked_array([pa.array(["a"] * 200), pa.array(["b"] * 200)]).dictionary_encode()
    assert list(measure_slices("regression", coded, labels, scores).slices) == ["a", "b"]


def test_curves_are_short_and_end_where_they_must() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random(30_000)
    labels = (rng.random(30_000) < scores).astype(np.float64)
    roc = curves("binary_classification", labels, scores)["roc"]
    assert len(roc["fpr"]) <= MOST_POINTS
    assert (roc["fpr"][0], roc["tpr"][0], roc["fpr"][-1], roc["tpr"][-1]) == (0, 0, 1, 1)
    area = float(np.trapezoid(roc["tpr"], roc["fpr"]))
    assert area == pytest.approx(roc_auc_score(labels, scores), abs=1e-3)
    assert curves("binary_classification", np.ones(3), np.ones(3)).keys() == {"calibration"}
    assert curves("regression", labels, scores)["residuals"]["quantiles"][0] == 0


def test_intervals_of_several_classes_are_those_of_drawn_rows() -> None:
    """Drawing cells of the confusion matrix is drawing rows: both tell the same interval."""
    rng = np.random.default_rng(5)
    labels = rng.choice(4, 400, p=[0.5, 0.3, 0.15, 0.05]).astype(float)
    scores = rng.dirichlet(np.ones(4), 400) + np.eye(4)[labels.astype(int)] * 0.4
    found = class_intervals(labels, scores, 0)
    drawn = []
    for _ in range(600):
        rows = rng.integers(400, size=400)
        drawn.append(measure("multiclass_classification", labels[rows], scores[rows]))
    for name, told in found.items():
        low, high = np.quantile([one[name] for one in drawn], (0.025, 0.975))
        width = high - low
        assert told["low"] == pytest.approx(low, abs=0.2 * width), name
        assert told["high"] == pytest.approx(high, abs=0.2 * width), name
    assert class_intervals(labels[:1], scores[:1], 0) == {}


def test_a_rounding_above_one_is_a_probability() -> None:
    """A forest's mean in single precision: scikit-learn would refuse it."""
    labels, scores = np.array([1.0, 0.0]), np.array([1.0000001192092896, 0.25])
    found = measure("binary_classification", labels, scores)["log_loss"]
    assert found == pytest.approx(-np.log(0.75) / 2)
