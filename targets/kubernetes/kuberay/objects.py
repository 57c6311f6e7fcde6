"""The objects of KubeRay that stand for a job or an endpoint, with what they need around them."""

from collections.abc import Iterator
from dataclasses import replace

from ....compiler.plan import Endpoint, Plan
from ..jobs import place_of, runs_on_ray
from ..network_policy import endpoint_policy
from ..object import Object
from ..settings import KubernetesSettings
from .network import ray_policies
from .ray_job import ray_cron_job, ray_job
from .ray_service import SERVE_PORT, ray_service, worker_budget
from .settings import KubeRay


def ray_jobs(plan: Plan, settings: KubernetesSettings) -> Iterator[Object]:
    """The jobs that run on clusters of their own."""
    kuberay = settings.kuberay
    if kuberay is None:
        return
    for job in plan.jobs:
        if runs_on_ray(job, kuberay):
            made = ray_job if job.schedule is None else ray_cron_job
            yield made(plan, settings, kuberay, job)
            yield from ray_policies(plan, kuberay, job.name, place_of(plan, job))


def ray_service_objects(
    plan: Plan, settings: KubernetesSettings, kuberay: KubeRay, endpoint: Endpoint
) -> Iterator[Object]:
    """An endpoint on Ray Serve."""
    yield ray_service(plan, settings, kuberay, endpoint)
    if endpoint.replicas.minimum > 1:
        yield worker_budget(plan, endpoint)
    yield from ray_policies(plan, kuberay, endpoint.name, endpoint.at)
    yield endpoint_policy(plan, settings, replace(endpoint, port=SERVE_PORT))


def name_references() -> dict[str, object]:
    """Where KubeRay's objects name the plan's ConfigMap, for kustomize, which adds a hash to it."""
    clusters = {
        "RayJob": "spec/rayClusterSpec",
        "RayCronJob": "spec/jobTemplate/rayClusterSpec",
        "RayService": "spec/rayClusterConfig",
    }
    volumes = "template/spec/volumes/configMap/name"
    fields = [
        {"kind": kind, "path": f"{cluster}/{group}/{volumes}"}
        for kind, cluster in clusters.items()
        for group in ("headGroupSpec", "workerGroupSpecs")
    ]
    return {"nameReference": [{"kind": "ConfigMap", "version": "v1", "fieldSpecs": fields}]}
