"""The flights example on its sample: prepared once, run once on Ray and once without."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .project import Project, copy_of_example, environment
from .real_airflow import PROGRAMS, RealAirflow, made_airflow

# What a user of 60 days of data writes instead: the end of the data, gates for a fifth of the
# rows, fewer trees, and a latency that a busy machine keeps.
SAMPLE = (
    ("as_of: 2013-12-31T00:00:00Z", "as_of: 2013-03-02T00:00:00Z"),
    ("- test.roc_auc >= 0.65", "- test.roc_auc >= 0.60"),
    ("max_iter: 120", "max_iter: 20"),
    ("serving.latency_p99 <= 50ms", "serving.latency_p99 <= 5s"),
)

Copies = Callable[[Project], Project]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example with its sample data; nothing has been run."""
    project = copy_of_example("flights", tmp_path_factory.mktemp("flights") / "project")
    subprocess.run(
        [sys.executable, "prepare.py", "--sample"],
        cwd=project.folder,
        env=environment(),
        check=True,
        capture_output=True,
    )
    project.change(*SAMPLE)
    return project


@pytest.fixture(scope="session")
def on_ray(prepared: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Any]:
    """The project after `onespec run` on a Ray of this machine, and what the run has told."""
    pytest.importorskip("ray")
    project = prepared.copy(tmp_path_factory.mktemp("ray") / "project")
    return project, project.run(ray=True)


@pytest.fixture(scope="session")
def inline(prepared: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Any]:
    """The project after the same run in one process, and what the run has told."""
    project = prepared.copy(tmp_path_factory.mktemp("inline") / "project")
    return project, project.run()


@pytest.fixture
def copied(tmp_path: Path) -> Copies:
    """A project of the test's own, state included: the shared ones are never changed."""
    made: list[Project] = []

    def copy(project: Project) -> Project:
        made.append(project.copy(tmp_path / f"project{len(made)}"))
        return made[-1]

    return copy


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> RealAirflow:
    """A real Airflow; `make peers` installs it."""
    if not (PROGRAMS / "airflow").exists():
        pytest.skip("Airflow is not installed; `make peers` does that")
    return made_airflow(tmp_path_factory.mktemp("airflow") / "home")
