"""What Airflow cannot honour, beyond capabilities and names."""

from collections.abc import Iterator

from ...compiler.plan import Plan
from ..asks import consumers
from ..target import Problem
from .constants import runs_in
from .settings import AirflowSettings

_AT = ("targets", "airflow")


def problems(plan: Plan, settings: AirflowSettings) -> Iterator[Problem]:
    """E614: pods need the project's place. E615: a pinned instant has no intervals to catch up.
    W618: a virtualenv sets no memory aside."""
    way = runs_in(settings)
    if way.kubernetes_pod is not None and settings.project is None:
        yield Problem(
            "E614",
            "steps run in pods, and `project` does not say where the image holds the project",
            (*_AT, "run_in", "kubernetes_pod"),
            hint="write the folder, such as `project: /srv/project`",
            on_key=True,
        )
    if settings.catchup and plan.as_of is not None:
        yield Problem(
            "E615",
            "`catchup` asks for a run of each interval, and `as_of` pins all to one instant",
            (*_AT, "catchup"),
            hint="remove one of the two",
            related=(("the instant is pinned here", ("as_of",)),),
        )
    if way.kubernetes_pod is not None or way.ray is not None:
        return
    for one in consumers(plan):
        if one.resources.memory is not None and not one.serves:
            yield Problem(
                "W618",
                f"`{one.name}` asks for its own memory, and a virtualenv on Airflow's workers "
                "sets none aside",
                (*one.at, "memory"),
                hint="make the workers large enough, or run steps in pods or on Ray: "
                "`targets: {airflow: {run_in: …}}`",
                severity="warning",
            )
