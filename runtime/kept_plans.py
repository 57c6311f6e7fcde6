"""The plans that were run, each kept once under its own hash: they tell later what has changed."""

import hashlib
from functools import lru_cache
from pathlib import Path

from ..compiler.plan import Plan, Step
from ..compiler.plan_file import PlanFileError, parse_plan, plan_text
from .stores.atomic import make_folder, sync_folder, write_sealed

FOLDER = "plans"


def keep_plan(plan: Plan, state: Path) -> str:
    """The plan's hash; its file is durable on return, and written only once."""
    text = plan_text(plan).encode()
    sha256 = hashlib.sha256(text).hexdigest()
    path = _path(state, sha256)
    if not path.is_file():
        make_folder(path.parent)
        temporary = write_sealed(text, path.parent)
        temporary.replace(path)
        sync_folder(path.parent)
    return sha256


@lru_cache(maxsize=8)
def kept_plan(state: Path, sha256: str) -> Plan | None:
    """None where it is lost or damaged, or of a version of onespec that this one cannot read."""
    try:
        text = _path(state, sha256).read_bytes()
        if hashlib.sha256(text).hexdigest() != sha256:
            return None
        return parse_plan(text.decode())
    except (OSError, UnicodeDecodeError, PlanFileError):
        return None


def kept_step(state: Path, sha256: str, step_id: str) -> Step | None:
    """A step of a kept plan; None where the plan or the step is not there."""
    return _steps(state, sha256).get(step_id)


@lru_cache(maxsize=8)
def _steps(state: Path, sha256: str) -> dict[str, Step]:
    plan = kept_plan(state, sha256)
    return {} if plan is None else {step.id: step for step in plan}


def _path(state: Path, sha256: str) -> Path:
    return state / FOLDER / f"{sha256}.json"
