"""Ways to run the main job of a plan, each by the commands of a bundle or of a person."""

from collections.abc import Callable
from dataclasses import dataclass

from ...compiler.plan import MAIN_JOB, Plan
from ...compiler.plan_file import plan_text
from ...targets.artifact import Artifact
from ...targets.rehearsal import Act, Rehearsal, Rehearsed, Stage
from ...targets.target import Settings, Target

PLAN_FILE = "plan.json"


@dataclass(frozen=True, slots=True)
class Way:
    """`prepare` gives the files and the commands."""

    name: str
    prepare: Callable[[Plan, Stage], Rehearsal]


def _words(stage: Stage) -> tuple[str, ...]:
    return ("--project", str(stage.project), "--state", str(stage.state))


def _inline(plan: Plan, stage: Stage) -> Rehearsal:
    run = ("onespec", "run", str(stage.bundle / PLAN_FILE), "--executor", "inline")
    files = (Artifact(PLAN_FILE, plan_text(plan)),)
    return Rehearsal(files, (Act(PLAN_FILE, (*run, *_words(stage))),))


def _steps(plan: Plan, stage: Stage) -> Rehearsal:
    path = str(stage.bundle / PLAN_FILE)
    acts = (
        Act(PLAN_FILE, ("onespec", "step", path, step_id, *_words(stage)))
        for step_id in plan.job(MAIN_JOB).steps
    )
    return Rehearsal((Artifact(PLAN_FILE, plan_text(plan)),), tuple(acts))


INLINE = Way("inline", _inline)
STEPS = Way("steps", _steps)


def way_of(target: Target, settings: Settings) -> Way | None:
    """By the commands of a target's bundle; None where it cannot be rehearsed."""
    if not isinstance(target, Rehearsed):
        return None
    rehearse = target.rehearse
    return Way(target.name, lambda plan, stage: rehearse(plan, settings, stage))
