"""Logged answers of several classes: joined with late labels, and compared with training."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from onespec.compiler.interfaces.log import log_columns, request_column
from onespec.compiler.plan import Column, Drift, LabelJoin, Performance
from onespec.runtime.monitoring.buckets import Buckets
from onespec.runtime.monitoring.checks import drift_checks
from onespec.runtime.monitoring.drift import ColumnDrift, Compared, measure_drift
from onespec.runtime.monitoring.labels import find_outcomes
from onespec.runtime.monitoring.performance import Outcomes, measure_performance
from onespec.runtime.monitoring.profile import profile_column
from onespec.runtime.monitoring.window import Window
from onespec.runtime.prediction_log.entry import LogEntry
from onespec.runtime.prediction_log.schema import log_schema
from onespec.runtime.steps.score import _outcome

from .simulation import LABELS, MONITOR, program

HOUR = 3_600_000_000
TASK = "multiclass_classification"
MAP = pa.map_(pa.string(), pa.float64())
JOIN = replace(LABELS, where=None, label=program('"what"', "string"))

Told = dict[str, float] | None


def batch(*told: Told) -> Window:
    """Rows 0, 1, … with the probabilities that they were told; None failed."""
    rows = len(told)
    columns = {
        "__row": pa.array(range(rows)),
        "__time": pa.array([i * HOUR for i in range(rows)], pa.timestamp("us")),
        "score": pa.array([max(t.values()) if t else None for t in told], pa.float64()),
        "probabilities": pa.array([list(t.items()) if t else None for t in told], MAP),
    }
    return Window.of(pa.table(columns))


def outcomes(window: Window, labels: list[Any], join: LabelJoin = JOIN) -> Outcomes:
    source = pa.table(
        {"what": labels, "origin": ["x"] * len(labels), "tailnum": ["y"] * len(labels)}
    )
    source = source.append_column(
        "scheduled_departure", pa.array([i * HOUR for i in range(len(labels))], pa.timestamp("us"))
    )
    return find_outcomes(window, join, source, 0, 10**15, ["a", "b"])


def test_labels_are_places_among_the_models_classes_and_then_others() -> None:
    """`old` was known to an earlier version, `new` to none, `gone` is in no row of the window."""
    window = batch(
        {"a": 0.9, "b": 0.1}, {"a": 0.2, "b": 0.8}, None, {"a": 0.1, "old": 0.9}, {"a": 1.0}
    )
    found = outcomes(window, ["a", "new", "a", "old", None, "gone"])
    assert found.classes == ("a", "b", "old", "new")
    np.testing.assert_array_equal(found.labels, [0, 3, 2, np.nan])
    np.testing.assert_array_equal(
        found.scores, [[0.9, 0.1, 0], [0.2, 0.8, 0], [0.1, 0, 0.9], [1, 0, 0]]
    )


def test_whole_numbers_meet_their_names() -> None:
    join = replace(LABELS, where=None, label=program('"what"', "int"))
    window = batch({"a": 0.9, "7": 0.1}, {"a": 0.2, "7": 0.8})
    found = outcomes(window, [7, 8], join)
    assert found.classes == ("a", "b", "7", "8")
    assert found.labels.tolist() == [2, 3]


def test_a_part_of_the_log_keeps_its_own_probabilities() -> None:
    """A window that begins in the middle of a column, as it lies in a segment."""
    window = batch({"a": 0.9, "b": 0.1}, {"a": 0.2, "b": 0.8}, {"b": 0.7, "a": 0.3})
    later = Window.of(window.table.slice(1))
    np.testing.assert_array_equal(later.by_class(["a", "b"])[0], [[0.2, 0.8], [0.3, 0.7]])
    kept = window.where(np.array([True, False, True]))
    np.testing.assert_array_equal(kept.by_class(["a", "b"])[0], [[0.9, 0.1], [0.3, 0.7]])


def test_performance_tells_every_class() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 900).astype(float)
    scores = rng.dirichlet(np.ones(3), 900) + np.eye(3)[labels.astype(int)] * 2
    scores /= scores.sum(axis=1, keepdims=True)
    labels[:60] = 3.0
    labels[-30:] = np.nan
    times = np.arange(900) * HOUR
    rows = Outcomes(scores, labels, times, 0, ("a", "b", "c", "new"))
    policy = Performance("balanced_accuracy", minimum=0.9)
    found = measure_performance(rows, policy, 100, TASK, {"balanced_accuracy": 0.98})
    # Three classes are told and the fourth cannot be.
    assert found["value"] == pytest.approx(0.75, abs=0.03)
    assert found["state"] == "alert"
    assert found["coverage"] == pytest.approx(870 / 900)
    assert found["by_class"]["new"]["recall"] == 0
    assert len(found["over_time"]) > 3
    assert found["label_mean"] == pytest.approx(810 / 870, abs=0.03)  # the share that was right
    assert 0.5 < found["score_mean"] < 1
    assert found["calibration"]["points"]
    none = Outcomes(np.empty((0, 3)), np.empty(0), np.empty(0, dtype=np.int64), 0, ("a", "b", "c"))
    assert measure_performance(none, policy, 100, TASK, {})["state"] == "insufficient"


def drift_of(window_share: float, confidence: float) -> list[ColumnDrift]:
    rng = np.random.default_rng(3)

    def column(share: float, rows: int) -> pa.Array:
        return pa.array(rng.choice(["cat", "dog", "eel"], rows, p=[share, 0.8 - share, 0.2]))

    def surety(mean: float, rows: int) -> pa.Array:
        return pa.array(rng.normal(mean, 0.05, rows))

    times = np.sort(rng.integers(0, 24 * HOUR, 2000))
    compared = [
        Compared("prediction", "prediction", profile_column(column(0.6, 3000), "string"),
                 column(window_share, 2000), times),
        Compared("confidence", "prediction", profile_column(surety(0.9, 3000), "float"),
                 surety(confidence, 2000), times),
    ]  # fmt: skip
    return measure_drift(compared, Drift("psi", 0.1, 0.25), 100, Buckets.of(0, 24 * HOUR))


@pytest.mark.parametrize(
    ("share", "confidence", "state", "told"),
    [
        (0.6, 0.9, "ok", ""),
        (0.2, 0.9, "alert", "the prediction moved far"),
        (0.6, 0.7, "alert", "the confidence moved far"),
        (0.2, 0.7, "alert", "So did the "),
    ],
)
def test_the_shares_of_classes_and_the_confidence_are_watched(
    share: float, confidence: float, state: str, told: str
) -> None:
    (check,) = drift_checks(drift_of(share, confidence), MONITOR)
    assert check["state"] == state
    assert told in check["finding"]


def test_an_entry_and_a_batch_fill_the_columns_that_the_log_declares() -> None:
    keys = [Column("prediction", "string")]
    schema = log_schema(keys, (), label="int")
    names = [column.name for column in log_columns(keys, (), label="int")]
    assert schema.names == names
    # A key of that name gives way to the answer, and only where there is one.
    assert names.count("prediction") == 1
    assert "request.prediction" in names
    assert request_column("prediction") == "prediction"
    entry = LogEntry(
        "r", 0, 0, "api", "m", 1, "key", {"prediction": "asked"}, {}, 0.6, 0.001,
        label=4, probabilities={"4": 0.6, "9": 0.4}, classes=True,
    )  # fmt: skip
    failed = replace(entry, label=None, probabilities=None, score=None, error="no")
    table = pa.Table.from_pylist([entry.cells(), failed.cells()], schema)
    assert table["prediction"].to_pylist() == [4, None]
    assert table["request.prediction"].to_pylist() == ["asked", "asked"]
    assert table["probabilities"].to_pylist() == [[("4", 0.6), ("9", 0.4)], None]
    made = _outcome(np.array([[0.6, 0.4], [0.25, 0.75], [0.5, 0.5]], np.float32), (4, 9))
    assert made["prediction"].to_pylist() == [4, 9, 4]
    assert made["score"].to_pylist() == [pytest.approx(0.6), 0.75, 0.5]
    assert made["probabilities"].type == schema.field("probabilities").type
    assert made["probabilities"].to_pylist()[1] == [("4", 0.25), ("9", 0.75)]
    nothing = _outcome(np.empty((0, 2), np.float32), ("x", "y"))
    assert [len(column) for column in nothing.values()] == [0, 0, 0]
    assert nothing["prediction"].type == pa.string()
