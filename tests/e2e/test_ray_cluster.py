"""A run on a Ray cluster that is there: the project travels, a node is lost, a job is submitted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from servers.namespaces import in_namespaces, needs_namespaces

from .project import Project, copy_of_example, environment, keys_of, of_state

pytestmark = [
    pytest.mark.ray,
    pytest.mark.slow,
    needs_namespaces,
]
BATCH = "  nightly:\n    batch: {model: will_return, source: orders, output: scores/}\n"
MEASURED = {"probe.will_return"}


@pytest.fixture(scope="module")
def minimal(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """examples/minimal, with a batch."""
    project = copy_of_example("minimal", tmp_path_factory.mktemp("cluster") / "project")
    made = [sys.executable, "make_data.py"]
    subprocess.run(made, cwd=project.folder, env=environment(), check=True)
    project.change(("\nmonitor:\n", f"{BATCH}\nmonitor:\n"))
    return project


def test_a_node_is_lost_and_the_run_ends_with_the_same_values(
    minimal: Project, tmp_path: Path
) -> None:
    reference = minimal.copy(tmp_path / "reference")
    wanted = reference.run()
    project = minimal.copy(tmp_path / "project")
    jobs = tmp_path / "jobs"
    bundle, there = tmp_path / "project" / "build", str(project.folder)
    ray = f"  ray:\n    project: {json.dumps(there)}\n    state: {json.dumps(str(jobs))}"
    project.change(("  ray:", ray))
    project.call("compile", "--target", "ray")
    assert (bundle / "ray" / "job.yaml").is_file()
    state = tmp_path / "state"

    told = in_namespaces(Path(__file__).parent / "two_nodes.py", there, state)
    ran, submitted = (json.loads(line) for line in told.splitlines() if line.startswith("{"))
    assert ran["code"] == 0, ran["lines"]
    assert "↻ train.will_return" in ran["lines"], "a task was lost with its node, and tried again"

    # Nothing is left to do, here as there.
    found = project.run("--state", str(state))
    assert of_state(found, "cached") == set(found)
    assert keys_of(found) == keys_of(wanted)
    same = set(wanted) - MEASURED
    expected, values = reference.values(keys_of(wanted)), {}
    with project.workspace(state) as workspace:
        values = {i: workspace.store.find(key) for i, key in keys_of(found).items()}
    assert {i for i in same if values[i] != expected[i]} == set()
    # The steps worked in their copy of the project; what they publish in it was delivered.
    scores = [p.relative_to(project.folder) for p in project.folder.rglob("scores.parquet")]
    assert len(scores) == 1
    assert (project.folder / scores[0]).read_bytes() == (reference.folder / scores[0]).read_bytes()

    assert submitted["status"] == "SUCCEEDED", submitted["logs"]
    found = project.run("--state", str(jobs))
    assert of_state(found, "cached") == set(found)
    assert keys_of(found) == keys_of(wanted)
