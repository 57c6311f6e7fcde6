"""The plans that were run, each kept once under its own hash: they tell later what has changed."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from ..compiler.plan import Plan, Step
from ..compiler.plan_file import PlanFileError, parse_plan, plan_text
from .stores.atomic import make_folder, sync_folder, write_sealed
from .stores.chosen import Whereabouts, artifacts_folder, on_s3

FOLDER = "plans"
_HASH = re.compile(r"[0-9a-f]{64}")


def keep_plan(plan: Plan, here: Whereabouts) -> str:
    """The plan's hash; its file is durable on return, and written only once.

    Where artifacts are shared, it lies beside them: another machine may tell what has changed.
    """
    text = plan_text(plan).encode()
    sha256 = hashlib.sha256(text).hexdigest()
    _write(_folder(here) / f"{sha256}.json", text)
    chosen = here.plan.stores.artifacts
    if on_s3(chosen):
        from .stores.s3_bucket import Bucket

        Bucket(chosen).create(f"{FOLDER}/{sha256}.json", text)
    return sha256


def kept_plan(here: Whereabouts, sha256: str) -> Plan | None:
    """None where it is lost or damaged, or of a version of onespec that this one cannot read."""
    if not _HASH.fullmatch(sha256):
        return None
    folder, chosen = _folder(here), here.plan.stores.artifacts
    if on_s3(chosen) and not (folder / f"{sha256}.json").is_file():
        from .stores.s3_bucket import Bucket

        found = Bucket(chosen).get(f"{FOLDER}/{sha256}.json")
        if found is None:
            return None
        _write(folder / f"{sha256}.json", found.content)
    return _read(folder, sha256)


def kept_step(here: Whereabouts, sha256: str, step_id: str) -> Step | None:
    """A step of a kept plan; None where the plan or the step is not there."""
    if kept_plan(here, sha256) is None:
        return None
    return _steps(_folder(here), sha256).get(step_id)


@lru_cache(maxsize=8)
def _read(folder: Path, sha256: str) -> Plan | None:
    try:
        text = (folder / f"{sha256}.json").read_bytes()
        if hashlib.sha256(text).hexdigest() != sha256:
            return None
        return parse_plan(text.decode())
    except (OSError, UnicodeDecodeError, PlanFileError):
        return None


@lru_cache(maxsize=8)
def _steps(folder: Path, sha256: str) -> dict[str, Step]:
    plan = _read(folder, sha256)
    return {} if plan is None else {step.id: step for step in plan}


def _write(path: Path, text: bytes) -> None:
    if not path.is_file():
        make_folder(path.parent)
        temporary = write_sealed(text, path.parent)
        temporary.replace(path)
        sync_folder(path.parent)


def _folder(here: Whereabouts) -> Path:
    """In the state; in a folder of artifacts, if the spec names one."""
    chosen = here.plan.stores.artifacts
    if chosen is None or on_s3(chosen):
        return here.state / FOLDER
    return artifacts_folder(chosen, here.project, here.state) / FOLDER
