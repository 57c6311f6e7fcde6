"""What KubeRay, or Ray on it, would refuse."""

from collections.abc import Iterator

from ....compiler.plan import Plan
from ....specs.document import Path
from ...asks import consumers
from ...gpu_types import ACCELERATORS
from ...target import Problem
from ..jobs import runs_on_ray
from ..labels import name_of
from .settings import KubeRay

MAX_NAME = 47
"""Of a RayJob and a RayService: KubeRay appends a name of the cluster to it."""
MAX_CRON_NAME = MAX_NAME - 11


def check_kuberay(plan: Plan, kuberay: KubeRay) -> Iterator[Problem]:
    """E613: names that are too long, and accelerators that Ray does not know."""
    for job in plan.jobs:
        if runs_on_ray(job, kuberay):
            most = MAX_NAME if job.schedule is None else MAX_CRON_NAME
            at: Path = ("name",) if job.schedule is None else ("deploy", job.name)
            yield from _too_long("job", name_of(plan, job.name), most, at)
    for one in plan.endpoints:
        at = ("deploy", one.name)
        yield from _too_long("endpoint", name_of(plan, one.name), MAX_NAME, at)
    for consumer in consumers(plan):
        wanted = consumer.resources.accelerator
        if wanted is not None and wanted not in ACCELERATORS:
            known = ", ".join(sorted(ACCELERATORS))
            yield Problem(
                "E613",
                f"Ray does not know the accelerator `{wanted}`, so that no worker would ever do",
                (*consumer.at, "accelerator"),
                f"Ray knows {known}",
            )


def _too_long(what: str, name: str, most: int, at: Path) -> Iterator[Problem]:
    if len(name) > most:
        yield Problem(
            "E613",
            f"KubeRay would refuse the {what} `{name}`, whose name has {len(name)} characters: "
            f"{most} are allowed, since it makes the cluster's name of it",
            at,
            f"shorten the name, or the product's, by {len(name) - most}",
            on_key=at != ("name",),
        )
