"""Perform a rehearsal, and see what it left in the stores."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...compiler.plan import MAIN_JOB, Plan
from ...runtime.open import place_of
from ...runtime.value import Value
from ...targets.rehearsal import Act, Stage
from ...targets.writer import complete, write
from .ways import Way


@dataclass(frozen=True, slots=True)
class Seen:
    """A step as a way left it: its key, its published value, and when it was done (UTC µs)."""

    key: str
    value: Value
    done: int


@dataclass(frozen=True, slots=True)
class Performance:
    """What a way did. `commands` are its words, each with the file that says them, as seen from
    the stage; `steps` are those of the main job that were done, by id; `failed` is the last that
    the first command said that ended with another code than 0."""

    way: Way
    commands: tuple[tuple[str, tuple[str, ...]], ...]
    steps: Mapping[str, Seen]
    seconds: float
    failed: str = ""


def perform(way: Way, plan: Plan, stage: Stage) -> Performance:
    """Write the files, start each command in turn, and look. Raises CannotRehearse."""
    rehearsal = way.prepare(plan, stage)
    write(stage.bundle, complete(way.name, rehearsal.files))
    begun, failed = time.perf_counter(), ""
    for act in rehearsal.acts:
        done = _start(act, stage)
        if done.returncode and not failed:
            failed = f"{' '.join(act.argv[:3])} … exited with {done.returncode}: {_last(done)}"
    seconds = time.perf_counter() - begun
    commands = tuple(
        (act.part, tuple(_shown(w, stage) for w in act.argv)) for act in rehearsal.acts
    )
    return Performance(way, commands, seen(plan, stage), seconds, failed)


def seen(plan: Plan, stage: Stage) -> dict[str, Seen]:
    """The steps of the main job that were done, as the stores know them."""
    found = {}
    place = place_of(plan, stage.project, stage.state)
    with place.open(plan) as workspace:
        for step_id in plan.job(MAIN_JOB).steps:
            done = workspace.ledger.history(step_id, 100)
            value = workspace.store.find(done[0].key) if done else None
            if value is not None:
                found[step_id] = Seen(done[0].key, value, done[-1].recorded)
    return found


def _shown(word: str, stage: Stage) -> str:
    return word.replace(str(stage.project.parent), ".")


def _start(act: Act, stage: Stage) -> "subprocess.CompletedProcess[str]":
    name, *words = act.argv
    here = [sys.executable, "-m", "onespec"] if name == "onespec" else [name]
    return subprocess.run(  # noqa: S603 - the words are those of the bundle, and no shell reads them
        [*here, *words],
        cwd=stage.project,
        env=_environment(act),
        capture_output=True,
        text=True,
        check=False,
    )


def _environment(act: Act) -> dict[str, Any]:
    """This process's, with the `onespec` of this process first on the path."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    return {**os.environ, "PATH": path, "RAY_USAGE_STATS_ENABLED": "0", **act.env}


def _last(done: "subprocess.CompletedProcess[str]") -> str:
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"
