"""MLflow shows what the ledger says, once, and can be filled again."""

import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from onespec.runtime.tracking import mlflow_projection
from onespec.runtime.tracking.mlflow_projection import (
    ProjectionWarning,
    project_version,
    rebuild,
    tracking_uri,
)
from onespec.runtime.value import Yield
from onespec.runtime.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parents[1] / "trainers"))
from ml_project import MODEL, Project, plan_of

from onespec.compiler.plan import Estimator

pytest.importorskip("mlflow")

PLAN = plan_of((), Estimator("sklearn.linear_model.LogisticRegression", "sklearn"))
NAME = f"{PLAN.name}.{MODEL}"


class Shelf(Project):
    """A project with registered versions whose files are made up."""

    def add(self, word: str) -> None:
        key, evaluation = word * 64, word.upper() * 64
        evaluation = evaluation.lower()[:-1] + "0"
        folder = self.folder / word
        folder.mkdir()
        report = '{"task": "t", "seed": 1, "estimator": {"params": {"C": 1.0}}}'
        for name, text in (("training.json", report), ("model.onnx", word), ("m.json", "{}")):
            (folder / name).write_text(text)
        made = {n: folder / n for n in ("training.json", "model.onnx")}
        self.store.publish(key, Yield(made))
        self.store.publish(evaluation, Yield({"metrics.json": folder / "m.json"}))
        facts = {
            "estimator": "LogisticRegression",
            "rows": {"train": 10},
            "metrics": {"test": {"roc_auc": 0.75, "f1": None, "rows": 4}},
            "plan": PLAN.name,
            "spec": "pipeline.yaml",
            "training_set": "f" * 64,
            "git_commit": "0" * 40,
        }
        self.ledger.register(MODEL, key, evaluation, facts)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """One embedded store for the module: making its schema takes seconds."""
    return Shelf(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def workspace(shelf: Shelf) -> Workspace:
    return shelf.workspace(PLAN)


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def client(workspace: Workspace) -> Any:
    from mlflow import MlflowClient

    uri = tracking_uri(workspace)
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def test_projection_from_first_version_to_rebuild(shelf: Shelf, workspace: Workspace) -> None:
    shelf.add("a")
    shelf.ledger.set_alias(MODEL, "champion", 1, why="test")
    first = shelf.ledger.versions(MODEL)[0]
    run_id = project_version(workspace, first)
    assert run_id is not None
    mlflow = client(workspace)
    run = mlflow.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"test.roc_auc": 0.75, "test.rows": 4}
    assert run.data.params["C"] == "1.0"
    assert run.data.params["rows.train"] == "10"
    assert run.data.tags["onespec.step_key"] == first.value_key
    assert run.data.tags["onespec.training_set"] == "f" * 64
    assert run.data.tags["mlflow.source.git.commit"] == "0" * 40
    found = {artifact.path for artifact in mlflow.list_artifacts(run_id)}
    assert found == {"training.json", "model.onnx", "metrics.json"}
    assert mlflow.get_model_version_by_alias(NAME, "champion").run_id == run_id

    # Again: nothing new.
    assert project_version(workspace, first) == run_id
    assert len(mlflow.search_model_versions(f"name = '{NAME}'")) == 1

    # A second version takes the alias, and gives it back.
    shelf.add("b")
    shelf.ledger.set_alias(MODEL, "champion", 2, why="test")
    second = project_version(workspace, shelf.ledger.versions(MODEL)[0])
    assert mlflow.get_model_version_by_alias(NAME, "champion").run_id == second
    shelf.ledger.set_alias(MODEL, "champion", 1, why="rollback")
    project_version(workspace, first)
    assert mlflow.get_model_version_by_alias(NAME, "champion").run_id == run_id

    # A run that was interrupted is described again, not made again.
    mlflow.delete_tag(run_id, "onespec.complete")
    assert project_version(workspace, first) == run_id
    assert mlflow.get_run(run_id).data.tags["onespec.complete"] == "true"

    # A registry that was lost is filled from the ledger.
    for version in mlflow.search_model_versions(f"name = '{NAME}'"):
        mlflow.delete_model_version(NAME, version.version)
    mlflow.delete_registered_model(NAME)
    assert rebuild(workspace) == 2
    assert mlflow.get_model_version_by_alias(NAME, "champion").run_id == run_id


def test_a_server_that_is_down_is_only_a_warning(
    shelf: Shelf, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    shelf.add("c")
    with pytest.warns(ProjectionWarning, match="MLflow was not updated"):
        assert project_version(workspace, shelf.ledger.versions(MODEL)[0]) is None


def test_without_mlflow_nothing_happens(
    shelf: Shelf, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_projection, "find_spec", lambda _: None)
    shelf.add("d")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert project_version(workspace, shelf.ledger.versions(MODEL)[0]) is None


def test_files_are_left_tidy(workspace: Workspace) -> None:
    assert not list(workspace.state.glob("mlflow-*"))
    shutil.rmtree(workspace.state / "mlflow")
