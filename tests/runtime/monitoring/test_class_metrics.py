"""Metrics of several classes: scikit-learn is the oracle, also for classes that are missing."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from sklearn.preprocessing import label_binarize

from onespec.runtime.monitoring.class_metrics import CLASS_METRICS, class_roc_auc, confusion
from onespec.runtime.monitoring.class_table import class_table, weakest
from onespec.runtime.monitoring.columns import Floats

Oracle = Callable[[Floats, Floats, Floats, int], float]


def _padded(scores: Floats, size: int) -> Floats:
    return np.hstack([scores, np.zeros((len(scores), size - scores.shape[1]))])


def _averaged(measure: Any, average: str) -> Oracle:
    return lambda y, p, w, _: measure(
        y, p.argmax(axis=1), sample_weight=w, average=average, zero_division=0
    )


def _recalls(y: Floats, p: Floats, w: Floats, _: int) -> float:
    told, there = p.argmax(axis=1), np.unique(y)
    recalls = sk.recall_score(y, told, sample_weight=w, average=None, labels=there, zero_division=0)
    return float(min(recalls))


def _one_against_the_rest(y: Floats, p: Floats, w: Floats, size: int) -> float:
    padded = _padded(p, size)
    return float(
        np.mean(
            [
                sk.roc_auc_score(y == k, padded[:, k], sample_weight=w)
                for k in range(size)
                if 0 < (y == k).sum() < len(y)
            ]
        )
    )


ORACLES: Mapping[str, Oracle] = {
    "f1_macro": _averaged(sk.f1_score, "macro"),
    "f1_weighted": _averaged(sk.f1_score, "weighted"),
    "precision_macro": _averaged(sk.precision_score, "macro"),
    "recall_macro": _averaged(sk.recall_score, "macro"),
    "accuracy": lambda y, p, w, _: sk.accuracy_score(y, p.argmax(axis=1), sample_weight=w),
    "balanced_accuracy": lambda y, p, w, _: sk.balanced_accuracy_score(
        y, p.argmax(axis=1), sample_weight=w
    ),
    "worst_recall": _recalls,
    "top_2_accuracy": lambda y, p, w, size: sk.top_k_accuracy_score(
        y, _padded(p, size), k=2, sample_weight=w, labels=range(size)
    ),
    "roc_auc": _one_against_the_rest,
    "log_loss": lambda y, p, w, size: sk.log_loss(
        y, _padded(p, size), sample_weight=w, labels=range(size)
    ),
    "brier": lambda y, p, w, size: sk.brier_score_loss(
        y, _padded(p, size), sample_weight=w, labels=range(size)
    ),
}


@st.composite
def answers(draw: st.DrawFn) -> tuple[Floats, Floats, Floats]:
    """Labels of three to five classes, of which a model knows some, and some are never seen."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    known, rows = draw(st.integers(3, 5)), draw(st.integers(5, 60))
    there = draw(st.sets(st.integers(0, known + 1), min_size=2))
    labels = rng.choice(sorted(there), rows).astype(np.float64)
    labels[: len(there)] = sorted(there)[:rows]
    scores = rng.dirichlet(np.full(known, draw(st.sampled_from([0.3, 1.0, 4.0]))), rows)
    return labels, scores, rng.integers(1, 4, rows).astype(np.float64)


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.filterwarnings("ignore:.*classes not in y_true")
@pytest.mark.parametrize("name", ORACLES)
@settings(max_examples=25, deadline=None)
@given(case=answers())
def test_equal_to_scikit_learn(name: str, case: tuple[Floats, Floats, Floats]) -> None:
    labels, scores, weights = case
    size = max(scores.shape[1], int(labels.max()) + 1)
    found = CLASS_METRICS[name](labels, scores, weights)
    assert found == pytest.approx(ORACLES[name](labels, scores, weights, size), abs=1e-9)


def test_roc_auc_is_scikit_learns_own_where_every_class_is_there() -> None:
    rng = np.random.default_rng(1)
    labels, scores = rng.integers(0, 4, 300).astype(float), rng.dirichlet(np.ones(4), 300)
    expected = sk.roc_auc_score(labels, scores, multi_class="ovr", average="macro")
    assert class_roc_auc(labels, scores, np.ones(300)) == pytest.approx(expected, abs=1e-12)
    assert label_binarize(labels, classes=range(4)).sum() == 300


def test_calibration_is_that_of_the_likeliest_class() -> None:
    scores = np.tile([0.7, 0.2, 0.1], (100, 1))
    labels = np.repeat([0.0, 1.0], [70, 30])
    assert CLASS_METRICS["calibration_error"](labels, scores, np.ones(100)) == pytest.approx(0)
    wrong = CLASS_METRICS["calibration_error"](1 - labels, scores, np.ones(100))
    assert wrong == pytest.approx(0.4)


def test_equals_go_to_the_first_class() -> None:
    even = np.full((3, 3), 1 / 3)
    labels = np.array([0.0, 1.0, 2.0])
    assert confusion(labels, even, np.ones(3))[:, 0].tolist() == [1, 1, 1]
    assert CLASS_METRICS["top_2_accuracy"](labels, even, np.ones(3)) == pytest.approx(2 / 3)


def test_one_class_or_no_row_is_told_as_far_as_it_can_be() -> None:
    scores = np.tile([0.6, 0.3, 0.1], (4, 1))
    assert CLASS_METRICS["accuracy"](np.zeros(4), scores, np.ones(4)) == 1
    assert np.isnan(class_roc_auc(np.zeros(4), scores, np.ones(4)))
    none = {name: compute(np.empty(0), np.empty((0, 3)), np.empty(0))
            for name, compute in CLASS_METRICS.items()}  # fmt: skip
    assert not any(map(np.isfinite, none.values())), none


def test_the_table_says_what_was_taken_for_what() -> None:
    """Three known classes and one that the model never saw; `b` is never given."""
    labels = np.array([0, 0, 0, 1, 1, 2, 3, 3], dtype=float)
    given = [0, 0, 2, 0, 0, 2, 2, 2]
    scores = np.full((8, 3), 0.1)
    scores[np.arange(8), given] = 0.8
    told = class_table(labels, scores, ["a", "b", "c", "new"])
    assert told["confusion"]["rows"] == [[2, 0, 1, 0], [2, 0, 0, 0], [0, 0, 1, 0], [0, 0, 2, 0]]
    assert told["mistakes"] == [
        {"class": "b", "given": "a", "rows": 2},
        {"class": "new", "given": "c", "rows": 2},
        {"class": "a", "given": "c", "rows": 1},
    ]
    assert told["by_class"]["a"] == {
        "rows": 3, "given": 4, "precision": 0.5, "recall": pytest.approx(2 / 3),
        "f1": pytest.approx(4 / 7),
    }  # fmt: skip
    assert told["by_class"]["new"]["precision"] is None
    assert [one["class"] for one in weakest(told["by_class"])] == ["b", "new", "a"]
    many = class_table(labels, scores, [str(place) for place in range(31)])
    assert many["confusion"] is None
    assert len(many["mistakes"]) == 3
