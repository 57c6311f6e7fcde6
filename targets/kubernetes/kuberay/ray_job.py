"""RayJobs: a job on a Ray cluster that is made for it and goes with it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ....compiler.plan import Job, Plan, Resources
from ...worker_groups import worker_groups
from ..jobs import place_of, steps_of
from ..labels import labels, metadata, name_of, slug
from ..object import Object
from ..pod import PLAN_FILE, PROJECT, STATE, container, pod_spec
from ..settings import KubernetesSettings
from .cluster import ray_cluster
from .settings import KubeRay

_SECOND = 1_000_000
_HOUR = 3600
# KubeRay puts the entrypoint into a shell without quotes, and Ray hands it to another.
_SAFE = re.compile(r"[A-Za-z0-9_./:=@%+,-]+")
_SUBMITTER = Resources(0.5, 512 * 2**20)


def ray_job(plan: Plan, settings: KubernetesSettings, kuberay: KubeRay, job: Job) -> Object:
    """A job that runs once, when it is applied first; a finished RayJob never runs again."""
    name = name_of(plan, job.name)
    body = {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": metadata(plan, job.name),
        "spec": ray_job_spec(plan, settings, kuberay, job),
    }
    says = (
        "Runs once, when it is applied first; what is done already is taken from the store.\n"
        f"To run it again: kubectl delete rayjob {name}, and apply."
    )
    return Object(f"{slug(job.name)}-ray-job", body, place_of(plan, job), says)


def ray_cron_job(plan: Plan, settings: KubernetesSettings, kuberay: KubeRay, job: Job) -> Object:
    """A job by the clock. KubeRay's controller for it is alpha, and off by default."""
    body = {
        "apiVersion": "ray.io/v1",
        "kind": "RayCronJob",
        "metadata": metadata(plan, job.name),
        "spec": {
            "schedule": job.schedule,
            "timeZone": "Etc/UTC",
            "jobTemplate": ray_job_spec(plan, settings, kuberay, job),
        },
    }
    says = "Needs the feature gate RayCronJob of the KubeRay operator; without it nothing starts."
    return Object(f"{slug(job.name)}-ray-cron-job", body, place_of(plan, job), says)


def ray_job_spec(
    plan: Plan, settings: KubernetesSettings, kuberay: KubeRay, job: Job
) -> dict[str, Any]:
    """What a RayJob and the template of a RayCronJob have alike."""
    of_job = replace(plan, steps=steps_of(plan, job), endpoints=())
    groups = tuple((group, 0, kuberay.workers) for group in worker_groups(of_job))
    return {
        "entrypoint": entrypoint(job),
        "submissionMode": "K8sJobMode",
        "submitterConfig": {"backoffLimit": 2},
        "submitterPodTemplate": _submitter(plan, settings, job),
        # Ray does again what a lost worker did; this is for a lost head.
        "backoffLimit": 1,
        "activeDeadlineSeconds": settings.timeout // _SECOND,
        "shutdownAfterJobFinishes": True,
        "ttlSecondsAfterFinished": _HOUR,
        "rayClusterSpec": ray_cluster(plan, settings, kuberay, job.name, groups),
    }


def entrypoint(job: Job) -> str:
    """The command of a job, by words that mean themselves to any shell."""
    command = [
        *("onespec", "run", PLAN_FILE, "--select", f"job:{job.name}"),
        *("--project", PROJECT, "--state", STATE),
        # Workers come when steps ask for them; the first to ask may be the run itself.
        *("--executor", "ray", "--address", "auto", "--wait-for-nodes", "15m"),
    ]
    assert all(_SAFE.fullmatch(word) for word in command)
    return " ".join(command)


def _submitter(plan: Plan, settings: KubernetesSettings, job: Job) -> dict[str, Any]:
    """The pod that submits the job and shows its log; KubeRay gives it its command."""
    one = container(plan, settings, ["ray"], _SUBMITTER)
    del one["command"], one["args"]
    one["name"] = "ray-job-submitter"
    one["volumeMounts"] = _only_tmp(one["volumeMounts"])
    pod = pod_spec(plan, settings, _SUBMITTER, [one], restartPolicy="Never")
    pod["volumes"] = _only_tmp(pod["volumes"])
    pod.pop("affinity", None)
    return {"metadata": {"labels": labels(plan, job.name)}, "spec": pod}


def _only_tmp(named: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in named if one["name"] == "tmp"]
