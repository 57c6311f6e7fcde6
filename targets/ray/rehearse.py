"""The bundle on one machine: what Ray's job server would start, on a Ray that starts with it."""

import shlex

import yaml

from ...compiler.plan import Plan
from ..rehearsal import Act, Rehearsal, Stage
from .bundle import bundle
from .settings import RaySettings

JOB = "job.yaml"


def rehearse(plan: Plan, settings: RaySettings, stage: Stage) -> Rehearsal:
    """The entrypoint of the job, as a shell would read it."""
    here = {
        "address": "local",
        "bundle": stage.bundle.relative_to(stage.project).as_posix(),
        "project": str(stage.project),
        "state": str(stage.state),
    }
    files = tuple(bundle(plan, settings.model_copy(update=here)))
    text = next(one.text for one in files if one.path == JOB)
    return Rehearsal(files, (Act(JOB, tuple(shlex.split(yaml.safe_load(text)["entrypoint"]))),))
