"""The Ray cluster of a job or an endpoint, as KubeRay makes it."""

from collections.abc import Mapping
from typing import Any

from ....compiler.plan import Plan, Resources
from ...worker_groups import WorkerGroup
from ...yaml_text import Commented
from ..labels import labels
from ..pod import container, pod_spec
from ..settings import KubernetesSettings
from .settings import KubeRay

_GIB = 2**30
_MIB = 2**20
OVERHEAD = _GIB
"""Memory of Ray's own processes in a worker, beside what steps are given."""
OBJECT_STORE = 128 * _MIB
"""Values travel through the artifact store."""
_SECOND = 1_000_000
WORKER = {"ray.io/node-type": "worker"}
"""KubeRay labels pods so."""

# The threads of a pod are shared by whatever Ray runs in it; each step sets its own.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_NUM_THREADS")


def ray_cluster(
    plan: Plan,
    settings: KubernetesSettings,
    kuberay: KubeRay,
    part: str,
    groups: tuple[tuple[WorkerGroup, int, int], ...],
    port: int | None = None,
) -> dict[str, Any]:
    """A RayClusterSpec: groups with the least and the most of their pods; `port` is Serve's."""
    return {
        "rayVersion": kuberay.ray_version,
        "authOptions": Commented(
            {"mode": "token"}, "KubeRay makes the token, a Secret of the cluster's name."
        ),
        **_fault_tolerance(kuberay),
        "enableInTreeAutoscaling": True,
        "autoscalerOptions": {
            "version": "v2",
            "idleTimeoutSeconds": kuberay.idle // _SECOND,
            "resources": {
                "requests": {"cpu": "200m", "memory": "512Mi"},
                "limits": {"memory": "512Mi"},
            },
            "securityContext": _restricted(plan, settings),
            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - the pod's own
        },
        "headGroupSpec": _head(plan, settings, kuberay, part, port),
        "workerGroupSpecs": [
            _workers(plan, settings, part, group, least, most, port)
            for group, least, most in groups
        ],
    }


def _fault_tolerance(kuberay: KubeRay) -> dict[str, Any]:
    if kuberay.redis is None:
        return {}
    options: dict[str, Any] = {"backend": "redis", "redisAddress": kuberay.redis.address}
    if kuberay.redis.secret is not None:
        key = {"name": kuberay.redis.secret, "key": kuberay.redis.key}
        options["redisPassword"] = {"valueFrom": {"secretKeyRef": key}}
    return {"gcsFaultToleranceOptions": options}


def _head(
    plan: Plan, settings: KubernetesSettings, kuberay: KubeRay, part: str, port: int | None
) -> dict[str, Any]:
    given = Resources(kuberay.head.cpu, kuberay.head.memory)
    ports = [("gcs-server", 6379), ("dashboard", 8265), ("client", 10001), ("metrics", 8080)]
    pod = _pod(plan, settings, given, "ray-head", [*ports, *_serving(port)])
    # The autoscaler beside it asks the Kubernetes API for pods, by a role that KubeRay gives to the
    # account; only here is there a token to ask with.
    pod["automountServiceAccountToken"] = True
    return {
        "rayStartParams": {
            "dashboard-host": "0.0.0.0",  # noqa: S104 - of the pod; the policy says who may come
            "object-store-memory": str(OBJECT_STORE),
        },
        "resources": Commented({"CPU": "0"}, "It schedules, and runs no step."),
        "template": _template(plan, part, pod),
    }


def _workers(
    plan: Plan,
    settings: KubernetesSettings,
    part: str,
    group: WorkerGroup,
    least: int,
    most: int,
    port: int | None,
) -> dict[str, Any]:
    memory = group.memory or settings.memory
    given = Resources(float(group.cpu), memory + OVERHEAD, float(group.gpu), group.accelerator)
    resources = {"CPU": str(group.cpu), "memory": str(memory)}
    if group.gpu:
        resources["GPU"] = str(group.gpu)
    if group.accelerator:
        resources[f"accelerator_type:{group.accelerator}"] = "1"
    more: dict[str, Any] = {}
    if port is not None:
        # A worker gets requests once Serve's proxy in it answers. KubeRay's own probe needs wget.
        probe = {"httpGet": {"path": "/-/healthz", "port": "serve"}}
        more["readinessProbe"] = {**probe, "periodSeconds": 5, "failureThreshold": 2}
    pod = _pod(plan, settings, given, "ray-worker", _serving(port), **more)
    if port is not None and most > 1:
        pod["topologySpreadConstraints"] = _spread(plan, part)
    return {
        "groupName": group.name,
        "replicas": least,
        "minReplicas": least,
        "maxReplicas": most,
        "rayStartParams": {"object-store-memory": str(OBJECT_STORE)},
        # What Ray hands out: the autoscaler knows it before there is a pod.
        "resources": resources,
        "template": _template(plan, part, pod),
    }


def _spread(plan: Plan, part: str) -> list[dict[str, Any]]:
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {**labels(plan, part), **WORKER}},
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def _serving(port: int | None) -> list[tuple[str, int]]:
    return [("serve", port)] if port is not None else []


def _template(plan: Plan, part: str, pod: Mapping[str, Any]) -> dict[str, Any]:
    return {"metadata": {"labels": labels(plan, part)}, "spec": dict(pod)}


def _pod(
    plan: Plan,
    settings: KubernetesSettings,
    given: Resources,
    name: str,
    ports: list[tuple[str, int]],
    **more: Any,
) -> dict[str, Any]:
    """A pod as all of the product's, in which KubeRay starts Ray."""
    one = container(plan, settings, ["ray"], given, **more)
    del one["command"], one["args"]
    one["name"] = name
    one["env"] = [each for each in one["env"] if each["name"] not in _THREADS]
    one["env"].append({"name": "RAY_USAGE_STATS_ENABLED", "value": "0"})
    if ports:
        one["ports"] = [{"name": called, "containerPort": port} for called, port in ports]
    return pod_spec(plan, settings, given, [one])


def _restricted(plan: Plan, settings: KubernetesSettings) -> Any:
    return container(plan, settings, ["ray"], Resources())["securityContext"]
