"""Performance is an alert only where chance cannot explain it."""

import numpy as np
import pytest

from onespec.compiler.plan import Performance
from onespec.runtime.errors import StepError
from onespec.runtime.monitoring.metrics import Estimate
from onespec.runtime.monitoring.performance import Outcomes, judge, measure_performance

DAY = 86_400_000_000
BINARY = "binary_classification"


def outcomes(n: int, strength: float, seed: int = 0) -> Outcomes:
    random = np.random.default_rng(seed)
    scores = random.random(n)
    labels = (random.random(n) < 0.5 + strength * (scores - 0.5)).astype(float)
    return Outcomes(scores, labels, np.linspace(0, 7 * DAY, n).astype(np.int64))


@pytest.mark.parametrize(
    ("estimate", "bounds", "state"),
    [
        (Estimate(0.7, 0.65, 0.75), (0.68, None), "ok"),
        (Estimate(0.66, 0.6, 0.7), (0.68, None), "warn"),
        (Estimate(0.6, 0.55, 0.65), (0.68, None), "alert"),
        (Estimate(0.6, None, None), (0.68, None), "warn"),
        (Estimate(9.0, 8.0, 10.0), (None, 8.5), "warn"),
        (Estimate(9.0, 8.6, 10.0), (None, 8.5), "alert"),
        (Estimate(9.0, 8.6, 10.0), (1.0, 8.5), "alert"),
        (Estimate(None, None, None), (0.5, None), "insufficient"),
    ],
)
def test_states(estimate: Estimate, bounds: tuple[float, float], state: str) -> None:
    assert judge(estimate, Performance("roc_auc", *bounds)) == state


def test_a_good_and_a_bad_model() -> None:
    policy = Performance("roc_auc", minimum=0.7)
    good = measure_performance(outcomes(2000, 1.0), policy, 100, BINARY, {"roc_auc": 0.83})
    assert (good["state"], good["at_training"], good["coverage"]) == ("ok", 0.83, 1.0)
    assert good["low"] < good["value"] < good["high"]
    assert len(good["over_time"]) >= 4
    bad = measure_performance(outcomes(2000, 0.1), policy, 100, BINARY, {})
    assert (bad["state"], bad["at_training"]) == ("alert", None)


def test_too_few_labels_and_none() -> None:
    policy = Performance("roc_auc", minimum=0.99)
    few = measure_performance(outcomes(60, 0.0), policy, 100, BINARY, {})
    assert few["state"] == "insufficient"
    none = measure_performance(outcomes(0, 0.0), policy, 100, BINARY, {})
    assert (none["state"], none["value"], none["coverage"]) == ("insufficient", None, None)


def test_one_class_is_insufficient() -> None:
    rows = outcomes(500, 1.0)
    single = Outcomes(rows.scores, np.zeros(500), rows.times)
    found = measure_performance(single, Performance("roc_auc", 0.7), 100, BINARY, {})
    assert (found["state"], found["value"]) == ("insufficient", None)


def test_coverage_counts_the_labels_that_are_missing() -> None:
    rows = outcomes(1000, 1.0)
    labels = np.where(np.arange(1000) % 4 == 0, np.nan, rows.labels)
    found = measure_performance(
        Outcomes(rows.scores, labels, rows.times), Performance("roc_auc", 0.5), 100, BINARY, {}
    )
    assert (found["rows"], found["mature_rows"], found["coverage"]) == (750, 1000, 0.75)


def test_calibration_tells_honest_from_shifted() -> None:
    honest, policy = outcomes(20_000, 1.0), Performance("brier", maximum=0.5)
    found = measure_performance(honest, policy, 100, BINARY, {})["calibration"]
    assert found["error"] < 0.02
    assert len(found["points"]) == 10
    shifted = Outcomes(np.clip(honest.scores + 0.3, 0, 1), honest.labels, honest.times)
    assert measure_performance(shifted, policy, 100, BINARY, {})["calibration"]["error"] > 0.2


def test_regression() -> None:
    random = np.random.default_rng(1)
    scores = random.normal(10, 3, 3000)
    rows = Outcomes(scores, scores + random.standard_normal(3000), np.arange(3000) * 10**8)
    found = measure_performance(rows, Performance("rmse", maximum=0.5), 100, "regression", {})
    assert found["state"] == "alert"
    assert found["value"] == pytest.approx(1.0, abs=0.05)
    assert all(p["low"] < p["observed"] < p["high"] for p in found["calibration"]["points"])


def test_a_metric_of_another_task_is_told() -> None:
    with pytest.raises(StepError, match="not a metric of regression"):
        measure_performance(outcomes(9, 1.0), Performance("roc_auc", 0.5), 1, "regression", {})
