"""Deployments: the scoring application of an endpoint in a single process, replicated."""

from typing import Any

from ...compiler.plan import Endpoint, Plan
from .labels import labels, metadata, slug
from .object import Object
from .pod import PLAN_FILE, PROJECT, STATE, container, pod_metadata, pod_spec
from .settings import KubernetesSettings
from .stores import embedded_stores

DRAIN_SECONDS = 30
"""How long the server finishes what was begun; see runtime/serving/host_process.py."""
_UNTIL_UNLISTED = 5
_LAST_PRIVILEGED = 1023


def container_port(endpoint: Endpoint) -> int:
    """Where the process listens: a port below 1024 is the Service's alone."""
    return endpoint.port + 8000 if endpoint.port <= _LAST_PRIVILEGED else endpoint.port


def serve_command(endpoint: Endpoint) -> list[str]:
    """The process that answers."""
    return [
        *("onespec", "serve", PLAN_FILE, "--name", endpoint.name, "--host", "process"),
        *("--listen", "0.0.0.0", "--port", str(container_port(endpoint))),  # noqa: S104 - a pod's
        *("--project", PROJECT, "--state", STATE),
    ]


def deployment(plan: Plan, settings: KubernetesSettings, endpoint: Endpoint) -> Object:
    """The pods of an endpoint. With an autoscaler, the number of them is its business."""
    low, high = endpoint.replicas.minimum, endpoint.replicas.maximum
    spec: dict[str, Any] = {
        **({"replicas": low} if low == high else {}),
        "revisionHistoryLimit": 5,
        "selector": {"matchLabels": labels(plan, endpoint.name)},
        # A new pod answers before an old one goes.
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
        },
        "template": {
            "metadata": pod_metadata(plan, endpoint.name),
            "spec": _pod(plan, settings, endpoint),
        },
    }
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(plan, endpoint.name),
        "spec": spec,
    }
    says = f"`{endpoint.name}`: the champion of `{endpoint.model}` answers requests."
    return Object(f"{slug(endpoint.name)}-deployment", body, endpoint.at, says)


def _pod(plan: Plan, settings: KubernetesSettings, endpoint: Endpoint) -> dict[str, Any]:
    serving = container(
        plan,
        settings,
        serve_command(endpoint),
        endpoint.resources,
        ports=[{"name": "http", "containerPort": container_port(endpoint)}],
        startupProbe=_probe("live", periodSeconds=2, failureThreshold=60),
        livenessProbe=_probe("live", periodSeconds=10, timeoutSeconds=5, failureThreshold=3),
        readinessProbe=_probe("ready", periodSeconds=5, timeoutSeconds=5, failureThreshold=2),
        # Those who send requests hear of the end of a pod later than the pod.
        lifecycle={"preStop": {"sleep": {"seconds": _UNTIL_UNLISTED}}},
    )
    return pod_spec(
        plan,
        settings,
        endpoint.resources,
        [serving],
        terminationGracePeriodSeconds=_UNTIL_UNLISTED + DRAIN_SECONDS + 10,
        **_spread(plan, endpoint),
    )


def _probe(name: str, **more: Any) -> dict[str, Any]:
    return {"httpGet": {"path": f"/health/{name}", "port": "http"}, **more}


def _spread(plan: Plan, endpoint: Endpoint) -> dict[str, Any]:
    """Over zones, and over the nodes of each; where one node holds the state, over nothing."""
    if endpoint.replicas.maximum == 1 or embedded_stores(plan):
        return {}
    return {
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": labels(plan, endpoint.name)},
                "matchLabelKeys": ["pod-template-hash"],
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ]
    }
