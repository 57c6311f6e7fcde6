"""Several classes through the steps: trained, judged, gated, and compared with a champion."""

import sys
from pathlib import Path

import numpy as np
import pytest

from onespec.compiler.plan import Estimator, Plan
from onespec.runtime.errors import StepError
from onespec.runtime.trainers import probe as probe_module
from onespec.runtime.trainers.probe import Probed

sys.path.insert(0, str(Path(__file__).parents[1] / "trainers"))
from ml_project import MODEL, Project, gate, plan_of
from ml_rows import training_table

BOOSTING = "sklearn.ensemble.HistGradientBoostingClassifier"
CLASSES = Estimator("sklearn.linear_model.LogisticRegression", "sklearn")
CLASS_GATES = (
    gate("test.f1_macro >= 0.3"),
    gate("test.worst_recall >= 0.01"),
    gate("slice.origin.accuracy >= 0.3"),
    gate("test.f1_macro >= -0.05", champion="test.f1_macro"),
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A child process is a second each time: the first test has the real one."""
    monkeypatch.setattr(probe_module, "probe", lambda *_, **__: Probed(0.001, 0.002, 1000, 0.0))
    return Project(tmp_path)


def several(label: str = "") -> Plan:
    """With a `label`, another estimator: its version is a challenger of the first."""
    params = {"C": 0.5} if label else {}
    estimator = Estimator(CLASSES.name, "sklearn", params)
    return plan_of(CLASS_GATES, estimator, "multiclass_classification", same_rows=True)


def test_several_classes_from_rows_to_champion(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.rows = training_table(1500, "multiclass_classification")
    values = project.run(several())
    assert project.champion() == 1
    training = project.json(values["train.late"], "training.json")
    assert training["classes"] == [0, 10, 20, 30]
    assert sum(training["class_rows"].values()) == training["rows"]["train"]
    metrics = project.json(values["evaluate.late"], "metrics.json")
    assert metrics["main_metric"] == "f1_macro"
    assert set(metrics["by_class"]) == {"0", "10", "20", "30"}
    assert metrics["slices"]["origin"]["JFK"]["f1_macro"] > 0.3
    bounds = metrics["intervals"]["test"]["accuracy"]
    assert bounds["low"] < metrics["test"]["accuracy"] < bounds["high"]
    assert metrics["curves"].keys() == {"calibration"}
    importance = project.json(values["evaluate.late"], "importance.json")
    assert importance["metric"] == "f1_macro"
    assert importance["features"][0]["reference"] in {"weather.temp", "airport.late"}
    # Measured in a child process, which loaded the very file.
    assert values["probe.late"].facts["golden_difference"] < 1e-5


def test_a_champion_of_other_classes_is_measured_on_the_same_rows(project: Project) -> None:
    """The challenger learns a class more: of its rows the champion is right in none."""
    rows = training_table(1500, "multiclass_classification")
    labels, split = rows["label"].to_numpy().copy(), rows["__split"].to_numpy()
    index = rows.schema.get_field_index("label")
    fewer = np.where(labels == 20, 10, labels)
    project.rows = rows.set_column(index, "label", [fewer])
    project.run(several())
    champion = project.ledger.version(MODEL, "champion")
    assert champion is not None
    # Other rows, so that the champion has not learnt from those that are tested.
    shifted = np.arange(len(rows)) + 10_000
    rows = rows.set_column(rows.schema.get_field_index("__row"), "__row", [shifted])
    project.rows = rows.set_column(index, "label", [labels])
    values = project.run(several("other"))
    gates = project.json(values["gate.late"], "gates.json")
    assert gates["champion_measured"] == "on the same rows"
    theirs = gates["gates"][-1]["bound"] + 0.05
    assert theirs < project.json(values["evaluate.late"], "metrics.json")["test"]["f1_macro"]
    assert theirs < champion.facts["metrics"]["test"]["f1_macro"]
    assert (labels[split == "test"] == 20).any()


def test_a_champion_of_another_task_is_no_measure(project: Project) -> None:
    project.run(plan_of((), Estimator(BOOSTING, "sklearn", {"max_iter": 20})))
    assert project.champion() == 1
    project.rows = training_table(1500, "multiclass_classification")
    values = project.run(several())
    gates = project.json(values["gate.late"], "gates.json")
    assert gates["gates"][-1]["note"].startswith("waived")
    assert project.champion() == 2


def test_one_class_alone_is_refused(project: Project) -> None:
    rows = training_table(1500, "multiclass_classification")
    index = rows.schema.get_field_index("label")
    project.rows = rows.set_column(index, "label", [["only"] * len(rows)])
    with pytest.raises(StepError, match="every label of the training split is 'only'"):
        project.run(several())
