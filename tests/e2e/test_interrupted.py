"""Runs of the flights that are killed or interrupted, and what the next run finds."""

import signal
import subprocess
import time
from dataclasses import replace
from typing import Any

import pytest

from .conftest import Copies
from .project import Project, Running, keys_of, of_state

pytestmark = pytest.mark.slow

# Their values hold measured times (see test_parity).
MEASURED = {"probe.late_arrival", "gate.late_arrival"}
# Killed once each after so many further steps: while sources are read, features computed, the
# model is trained, evaluated, registered, promoted, and the online store is written.
AFTER = (1, 8, 4, 4, 6)


def finish_some(project: Project, count: int, *words: str) -> list[str]:
    """Begin a run, and kill all of its processes as soon as it has told of `count` steps."""
    with project.begin("run", *words) as running:
        finished = []
        for step_id in running.finished():
            finished.append(step_id)
            if len(finished) == count:
                break
        assert len(finished) == count, f"it ended too early: {running.lines}"
        running.kill()
        assert running.process.returncode == -signal.SIGKILL
        assert left_of(running) == []
    return finished


def left_of(running: Running) -> list[str]:
    """What still runs in the command's process group; given some seconds to be gone."""
    for _ in range(100):
        done = subprocess.run(
            ["ps", "-e", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True
        )
        rows = [line.split(None, 2) for line in done.stdout.splitlines()]
        group = str(running.process.pid)
        left = [row[2] for row in rows if row[0] == group and not row[1].startswith("Z")]
        if not left:
            return []
        time.sleep(0.1)
    return left


def assert_as_uninterrupted(project: Project, steps: Any, inline: tuple[Project, Any]) -> None:
    reference, expected = inline
    assert keys_of(steps) == keys_of(expected)
    same = {i: key for i, key in keys_of(steps).items() if i not in MEASURED}
    assert project.values(same) == reference.values(same)
    assert versions(project) == versions(reference)
    scores = [p.folder / expected["score.nightly"]["facts"]["path"] for p in (project, reference)]
    assert scores[0].read_bytes() == scores[1].read_bytes()
    with project.workspace() as workspace:
        promotions = [e for e in workspace.ledger.audit_log() if e["action"] == "promoted"]
    assert len(promotions) == 1


def versions(project: Project) -> list[Any]:
    """What the ledger knows of each version, but for when it was made and what was measured."""
    with project.workspace() as workspace:
        found = workspace.ledger.versions()
    return [replace(v, created=0, facts={**v.facts, "serving": None}) for v in found]


def test_a_run_that_is_killed_again_and_again_comes_to_the_same_end(
    prepared: Project, inline: tuple[Project, Any], copied: Copies
) -> None:
    project = copied(prepared)
    finished: list[str] = []
    for count in AFTER:
        finished += finish_some(project, count, "--executor", "inline")
        states = project.states()
        assert states[""] == "running"  # nobody was left to say otherwise
        # Nothing that was told as done was ever done again.
        assert len(finished) == len(set(finished))
    assert {"train.late_arrival", "promote.late_arrival", "materialize.airframe"} <= set(finished)
    steps = project.run()
    assert of_state(steps, "cached") >= set(finished)
    assert of_state(steps, "done", "cached") == set(steps)
    assert of_state(steps, "done")
    assert_as_uninterrupted(project, steps, inline)


@pytest.mark.ray
def test_a_run_on_ray_that_is_killed_is_finished_without_ray(
    prepared: Project, inline: tuple[Project, Any], copied: Copies
) -> None:
    pytest.importorskip("ray")
    project = copied(prepared)
    finished = finish_some(project, 5)
    # All that stands on no model, in whatever order Ray has begun.
    patterns = ("+training_set.*", "+features.*", "materialize.*")
    steps = project.run(*(word for pattern in patterns for word in ("--select", pattern)))
    assert of_state(steps, "cached") >= set(finished)
    assert "training_set.late_arrival" in of_state(steps, "done")
    made = of_state(steps, "done", "cached")
    keys = {i: key for i, key in keys_of(steps).items() if i in made}
    assert keys.items() <= keys_of(inline[1]).items()
    assert project.values(keys) == inline[0].values(keys)


def test_an_interrupt_ends_with_its_own_exit_code_and_the_next_run_finishes(
    prepared: Project, inline: tuple[Project, Any], copied: Copies
) -> None:
    project = copied(prepared)
    project.change(("max_iter: 20", "max_iter: 2000"))
    with project.begin("run", "--executor", "inline") as running:
        _until_training(project)
        begun = time.monotonic()
        code, last = running.stop(signal.SIGINT)
        assert code == 130, last
        assert "Traceback" not in last
        assert left_of(running) == []
    assert time.monotonic() - begun < 30
    states = project.states()
    assert (states[""], states["training_set.late_arrival"]) == ("interrupted", "done")
    assert states["train.late_arrival"] == "cancelled"
    assert states["evaluate.late_arrival"] == "skipped"
    assert not list((project.state / "scratch").iterdir())
    project.change(("max_iter: 2000", "max_iter: 20"))
    steps = project.run("--select", "+train.late_arrival")
    assert of_state(steps, "cached") == {i for i, s in states.items() if s == "done"} & set(steps)
    assert of_state(steps, "done") == {"train.late_arrival"}
    assert keys_of(steps).items() <= keys_of(inline[1]).items()
    assert project.values(keys_of(steps)) == inline[0].values(keys_of(steps))


def _until_training(project: Project) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if list((project.state / "scratch").glob("train.late_arrival-*")):
            time.sleep(0.5)
            return
        time.sleep(0.05)
    raise AssertionError("training never began")


def test_a_run_that_was_not_killed_leaves_nothing_to_do(
    inline: tuple[Project, Any], copied: Copies
) -> None:
    """The control: what the tests above call unfinished is nothing in a run that ended."""
    project = copied(inline[0])
    assert project.states()[""] == "done"
    again = project.run()
    assert of_state(again, "cached") == set(again)
