"""Runs that are stopped: by Ctrl-C, by a scheduler, by `kill -9`; and what the next run finds."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from onespec.runtime.engine import run
from onespec.runtime.executors.inline import InlineExecutor
from onespec.runtime.open import place_of

FOLDER = Path(__file__).parent / "executors"
sys.path.insert(0, str(FOLDER))
from fake_steps import diamond, journal, library  # noqa: E402


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data.txt").write_text("first")
    return tmp_path


def begin(project: Path, executor: str, seconds: float) -> "subprocess.Popen[str]":
    """In a process group of its own, so that all of it can be killed."""
    return subprocess.Popen(
        [sys.executable, str(FOLDER / "run_diamond.py"), str(project), executor, str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdout is not None
    for told in process.stdout:
        if told.strip() == line:
            return
    raise AssertionError(process.communicate()[1])


def states(project: Path) -> dict[str, str]:
    """Of the newest run, from the ledger."""
    plan = diamond()
    with place_of(plan, project).open(plan) as workspace:
        newest = workspace.ledger.runs()[0]
        return {
            "": newest.state,
            **{s.step_id: s.state for s in workspace.ledger.run_steps(newest.run_id)},
        }


@pytest.mark.parametrize(
    ("executor", "stop"),
    [
        ("inline", signal.SIGINT),
        ("inline", signal.SIGTERM),
        pytest.param("ray", signal.SIGTERM, marks=pytest.mark.ray),
    ],
)
def test_an_interrupt_stops_records_and_cleans_up(
    project: Path, executor: str, stop: signal.Signals
) -> None:
    process = begin(project, executor, 30)
    until(process, "started left")
    begun = time.monotonic()
    process.send_signal(stop)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "Traceback" not in error
    assert time.monotonic() - begun < 15
    assert out.splitlines()[-1] == "run interrupted"
    told = states(project)
    assert (told[""], told["data"], told["left"]) == ("interrupted", "done", "cancelled")
    assert told["join"] == "skipped"
    if executor == "inline":
        assert not list((project / ".onespec/scratch").iterdir())
    assert running_in(process.pid) == []


@pytest.mark.parametrize("executor", ["inline", pytest.param("ray", marks=pytest.mark.ray)])
def test_after_kill_9_only_the_steps_in_flight_are_done_again(
    project: Path, executor: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reference = tmp_path_factory.mktemp("reference")
    (reference / "data.txt").write_text("first")
    plan = diamond(seconds=2)
    process = begin(project, executor, 2)
    until(process, "finished left done" if executor == "inline" else "started left")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    finished = {"data", "left"} if executor == "inline" else {"data"}
    assert states(project)[""] == "running"
    result = run(plan, place_of(plan, project), InlineExecutor(), library=library)
    assert result.state == "done"
    assert finished <= {i for i, s in result.steps.items() if s.state == "cached"}
    assert all(journal(project).count(step_id) == 1 for step_id in finished)
    expected = run(plan, place_of(plan, reference), InlineExecutor(), library=library)
    assert [(s.key, s.value) for s in result.steps.values()] == [
        (s.key, s.value) for s in expected.steps.values()
    ]


def test_killed_at_random_instants_the_result_is_the_same(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reference = tmp_path_factory.mktemp("reference")
    (reference / "data.txt").write_text("first")
    plan = diamond(seconds=0.2)
    expected = run(plan, place_of(plan, reference), InlineExecutor(), library=library)
    for milliseconds in range(500, 1500, 125):
        process = begin(project, "inline", 0.2)
        time.sleep(milliseconds / 1000)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    result = run(plan, place_of(plan, project), InlineExecutor(), library=library)
    assert [(s.key, s.value) for s in result.steps.values()] == [
        (s.key, s.value) for s in expected.steps.values()
    ]


def running_in(group: int) -> list[str]:
    """What still runs in a process group; Ray is given some seconds to be gone."""
    for _ in range(50):
        table = subprocess.run(
            ["ps", "-e", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True
        )
        rows = [line.split(None, 2) for line in table.stdout.splitlines()]
        left = [args for pgid, state, args in rows if int(pgid) == group and "Z" not in state]
        if not left:
            return []
        time.sleep(0.2)
    return left
