"""What passes a gate and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onespec.compiler.plan import Gate
from onespec.runtime.evaluation.gates import Measurements, champion_subject, hold

CANDIDATE = Measurements(
    {
        "test": {"roc_auc": 0.75, "log_loss": 0.5, "f1": None},
        "validation": {"roc_auc": 0.8},
        "worst": {"origin": {"roc_auc": {"slice": "JFK", "value": 0.66}}},
    },
    {"latency_p99": 0.004, "model_size": 1000},
)
CHAMPION = Measurements({"test": {"roc_auc": 0.752, "log_loss": 0.4}})


def gate(subject: str, comparison: str, constant: float, champion: str | None = None) -> Gate:
    text = f"{subject} {comparison} …"
    return Gate(text, subject, comparison, constant, champion)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("subject", "comparison", "constant", "passed"),
    [
        ("test.roc_auc", ">=", 0.75, True),
        ("test.roc_auc", ">", 0.75, False),
        ("test.log_loss", "<=", 0.5, True),
        ("test.log_loss", "<", 0.5, False),
        ("validation.roc_auc", ">=", 0.81, False),
        ("slice.origin.roc_auc", ">=", 0.65, True),
        ("slice.origin.roc_auc", ">=", 0.67, False),
        ("serving.latency_p99", "<=", 0.01, True),
        ("serving.model_size", "<=", 999, False),
    ],
)
def test_constants(subject: str, comparison: str, constant: float, passed: bool) -> None:
    result = hold(gate(subject, comparison, constant), CANDIDATE, None)
    assert result.passed is passed
    assert result.bound == constant
    assert (result.note == "worst slice: origin = JFK") is subject.startswith("slice.")


@pytest.mark.parametrize(
    "subject", ["test.f1", "test.nope", "slice.carrier.roc_auc", "serving.nope", "nope", "a.b.c.d"]
)
def test_what_was_not_measured_fails(subject: str) -> None:
    for comparison in (">=", "<="):
        result = hold(gate(subject, comparison, -1e9), CANDIDATE, CHAMPION)
        assert not result.passed
        assert "was not measured" in result.note


def test_the_champion() -> None:
    beside = gate("test.roc_auc", ">=", -0.005, "roc_auc")
    assert hold(beside, CANDIDATE, CHAMPION).passed
    assert hold(beside, CANDIDATE, CHAMPION).bound == pytest.approx(0.747)
    assert not hold(gate("test.roc_auc", ">=", 0.0, "test.roc_auc"), CANDIDATE, CHAMPION).passed
    assert not hold(gate("test.log_loss", "<=", 0.0, "log_loss"), CANDIDATE, CHAMPION).passed


def test_no_champion_waives_and_says_so() -> None:
    result = hold(gate("test.roc_auc", ">=", 0.0, "roc_auc"), CANDIDATE, None)
    assert result.passed
    assert result.bound is None
    assert "no champion" in result.note


def test_a_champion_that_was_not_measured_fails() -> None:
    result = hold(gate("test.roc_auc", ">=", 0.0, "roc_auc"), CANDIDATE, Measurements({}))
    assert not result.passed
    assert "the champion's `test.roc_auc` is not known" in result.note


def test_champion_subject() -> None:
    assert champion_subject(gate("slice.origin.f1", ">=", 0, "f1")) == "slice.origin.f1"
    assert champion_subject(gate("test.f1", ">=", 0, "validation.f1")) == "validation.f1"


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-0.1, 0.1))
def test_never_passes_below_the_bound(mine: float, theirs: float, margin: float) -> None:
    candidate = Measurements({"test": {"roc_auc": mine}})
    champion = Measurements({"test": {"roc_auc": theirs}})
    result = hold(gate("test.roc_auc", ">=", margin, "roc_auc"), candidate, champion)
    assert result.passed == (mine >= margin + theirs)
