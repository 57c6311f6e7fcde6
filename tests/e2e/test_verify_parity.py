"""The certificate of examples/minimal, with a batch: in one process, on Ray, by the commands of the
Kubernetes manifests, and by a real Airflow."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .project import REPO, Project, copy_of_example, environment

AIRFLOW = REPO / ".peers" / "airflow" / "bin" / "airflow"
BATCH = "  nightly:\n    batch: {model: will_return, source: orders, output: scores/}\n"
IMAGE = "registry.example.com/returns:1@sha256:" + "0" * 64

pytestmark = [pytest.mark.ray, pytest.mark.slow]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = copy_of_example("minimal", tmp_path / "project")
    found.change(("\nmonitor:\n", f"{BATCH}\nmonitor:\n"))
    spec = found.spec.read_text()
    if "  kubernetes:" not in spec:
        found.spec.write_text(f"{spec}  kubernetes:\n    image: {IMAGE}\n")
    made = [sys.executable, "make_data.py"]
    subprocess.run(made, cwd=found.folder, env=environment(), check=True)
    return found


@pytest.mark.timeout(600)
@pytest.mark.skipif(not AIRFLOW.exists(), reason="Airflow is not installed; `make peers` does it")
def test_every_target_comes_to_the_same(project: Project, tmp_path: Path) -> None:
    ways = ("inline", "ray", "kubernetes", "airflow")
    named = [word for way in ways for word in ("--way", way)]
    told = ("-o", str(tmp_path / "parity"), "--airflow", str(AIRFLOW))
    done = project.call("verify", "parity", *named, *told, seconds=580)
    certificate = json.loads((tmp_path / "parity" / "parity.json").read_text())
    assert certificate["same"], done.out
    assert [way["name"] for way in certificate["ways"]] == list(ways)
    assert {way["done"] for way in certificate["ways"]} == {len(certificate["steps"])}
    assert [way["failed"] for way in certificate["ways"]] == [""] * len(ways)
    assert len(certificate["steps"]) == 18
    outputs = [i for i, step in certificate["steps"].items() if step["output"] == "measured"]
    assert outputs == ["probe.will_return"]
    # The stores of the project were not touched.
    assert not (project.folder / ".onespec").exists()
    assert "✓ 18 steps came to the same in 4 ways" in done.out


def test_what_cannot_be_tried_is_told(project: Project) -> None:
    words = ("verify", "parity", "--way", "inline", "--way", "airflow", "--airflow", "no-such")
    done = project.call(*words, code=2)
    assert "there is no program no-such" in done.err
    assert "name at least two ways" in done.err
    done = project.call("verify", "parity", "--way", "slurm", code=2)
    assert "There is no way `slurm`" in done.err
