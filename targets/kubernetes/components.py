"""Kustomize components: what only clusters with certain operators can take, for those.

Each is complete for one environment and bears its namespace, so that a kustomization of the user's
takes an overlay as a resource and the components that the cluster can take.
"""

from collections.abc import Iterator

from ...compiler.plan import Plan
from ..artifact import Artifact
from ..asks import is_monitor
from ..serve_config import application_name
from .gateway import gateway_components
from .jobs import place_of, runs_on_ray
from .kustomization import namespace_of
from .labels import common_labels, labels, name_of
from .monitoring.components import monitoring_components
from .monitoring.watched import Place, WatchedEndpoint, WatchedJob
from .settings import KubernetesSettings


def components(plan: Plan, settings: KubernetesSettings, folder: str) -> Iterator[Artifact]:
    """The components of one environment, below a folder."""
    place = Place(folder, namespace_of(plan, settings), common_labels(plan))
    yield from monitoring_components(
        plan,
        settings.monitoring,
        place,
        watched_endpoints(plan, settings),
        watched_jobs(plan, settings),
    )
    if settings.gateway is not None:
        yield from gateway_components(plan, settings, settings.gateway, folder)


def watched_endpoints(plan: Plan, settings: KubernetesSettings) -> tuple[WatchedEndpoint, ...]:
    """The endpoints by their names in the cluster."""
    return tuple(
        WatchedEndpoint(
            one,
            service=name_of(plan, one.name),
            deployment=name_of(plan, one.name),
            labels=labels(plan, one.name),
            application=application_name(plan, one) if settings.kuberay else "",
        )
        for one in plan.endpoints
    )


def watched_jobs(plan: Plan, settings: KubernetesSettings) -> tuple[WatchedJob, ...]:
    """What CronJobs start by the clock; kube-state-metrics knows nothing of RayCronJobs."""
    return tuple(
        WatchedJob(job.name, name_of(plan, job.name), place_of(plan, job), is_monitor(job))
        for job in plan.jobs
        if job.schedule is not None and not runs_on_ray(job, settings.kuberay)
    )
