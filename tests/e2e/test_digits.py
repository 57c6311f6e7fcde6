"""The digits: a network from pixels to scores, on a GPU where there is one, else without."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from onespec.runtime.devices import visible_gpus

from .project import Project, of_state

pytestmark = pytest.mark.slow

# With a GPU at hand the fallback is taken away: what is not computed there is an error.
DEVICE = "cuda" if visible_gpus() else "cpu"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("digits")
    Project(folder).call("init", "--example", "digits", "shop")
    made = Project(folder / "shop")
    if DEVICE == "cuda":
        made.change(("{gpu: 1, fallback: cpu}", "{gpu: 1}"))
        made.change(("{gpu: 0.5, fallback: cpu}", "{gpu: 0.5}"))
    return made


@pytest.fixture(scope="module")
def steps(project: Project) -> dict[str, Any]:
    return project.run("-e", "gpu")


def test_it_learns_to_read_and_is_promoted(project: Project, steps: dict[str, Any]) -> None:
    assert of_state(steps, "done") == set(steps)
    assert project.champion("digit") == 1
    (accuracy, recall) = steps["gate.digit"]["facts"]["gates"]
    assert accuracy["passed"]
    assert recall["passed"]
    assert steps["evaluate.digit"]["facts"]["test"]["accuracy"] >= 0.97
    assert steps["score.nightly"]["facts"]["rows"] > 100


def test_everybody_is_told_on_what_it_was_made(project: Project, steps: dict[str, Any]) -> None:
    for step_id, gpus in (("train.digit", "1 GPU"), ("score.nightly", "0.5 GPU")):
        facts = steps[step_id]["facts"]
        assert facts["device"] == DEVICE
        fallback = facts.get("fallback", "")
        assert fallback == ("" if DEVICE == "cuda" else f"it asks for {gpus}, and there is none")
    again = project.call("run", "-e", "gpu", "--executor", "inline")
    said = "train.digit: made on the CPU, not on the GPU that it asks for"
    assert (said in again.out) is (DEVICE == "cpu")
    # A device is no part of a key: without the GPU, nothing is trained anew.
    plain = project.run()
    assert of_state(plain, "cached") == set(plain)


def test_without_a_fallback_nothing_runs(project: Project, tmp_path: Path) -> None:
    strict = Project(tmp_path)
    for name in ("pipeline.yaml", "onespec.lock"):
        (tmp_path / name).write_bytes((project.folder / name).read_bytes())
    asked = "{gpu: 1}" if DEVICE == "cuda" else "{gpu: 1, fallback: cpu}"
    strict.change((asked, "{gpu: 1, accelerator: K80}"))
    shutil.copytree(project.folder / "data", tmp_path / "data")
    refused = strict.call("run", "-e", "gpu", "--executor", "inline", code=1)
    assert "train.digit: it asks for 1 GPU of type K80, and there is" in refused.err
    assert "fallback: cpu" in refused.err
    assert set(strict.states().values()) == {"failed", "skipped"}


def test_scoring_never_imports_torch(project: Project, steps: dict[str, Any]) -> None:
    model = project.folder / ".onespec" / "latest" / "train.digit" / "model.onnx"
    code = f"""
import sys, json, pathlib
import onespec.runtime.serving.application, onespec.runtime.steps.score
from onespec.runtime.trainers.scorer import Scorer
scorer = Scorer.load(pathlib.Path({str(model)!r}))
scores = scorer.score_rows([dict.fromkeys(scorer.features, 0.0)])
heavy = sorted({{"torch", "sklearn", "safetensors"}} & set(sys.modules))
print(json.dumps([len(scorer.classes), scores.shape, heavy]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [10, [1, 10], []]


def test_the_monitor_sees_how_good_the_scores_were(project: Project, steps: dict[str, Any]) -> None:
    (report,) = project.call("monitor", "run", "--json").json()
    assert report["state"] == "ok"
    assert report["rows"] == steps["score.nightly"]["facts"]["rows"]


def test_the_data_are_those_of_scikit_learn(project: Project) -> None:
    import pyarrow.parquet as pq

    committed = pq.read_table(project.folder / "data" / "scans.parquet")
    subprocess.run([sys.executable, "make_data.py"], cwd=project.folder, check=True)
    assert pq.read_table(project.folder / "data" / "scans.parquet").equals(committed)
