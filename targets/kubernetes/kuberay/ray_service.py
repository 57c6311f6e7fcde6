"""RayServices: an endpoint on Ray Serve, upgraded by a second cluster."""

from dataclasses import replace
from typing import Any

from ....compiler.plan import Endpoint, Plan
from ...serve_config import serve_config
from ...worker_groups import PLAIN, WorkerGroup, worker_groups
from ...yaml_text import Commented, Script, dump_yaml
from ..labels import labels, metadata, name_of, slug
from ..object import Object
from ..pod import PLAN_FILE, PROJECT, STATE
from ..settings import KubernetesSettings
from .cluster import WORKER, ray_cluster
from .settings import KubeRay

_SECOND = 1_000_000
SERVE_PORT = 8000
"""Where Serve listens in every pod: other ports are Ray's own, and the Service has the spec's."""


def ray_service(
    plan: Plan, settings: KubernetesSettings, kuberay: KubeRay, endpoint: Endpoint
) -> Object:
    """One cluster an endpoint, so that an upgrade of one leaves the others alone."""
    body = {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": metadata(plan, endpoint.name),
        "spec": {
            "upgradeStrategy": _upgrade(kuberay),
            "serveConfigV2": Commented(
                Script(serve_text(plan, endpoint)), "What `serve deploy` takes, too."
            ),
            "excludeHeadPodFromServeSvc": True,
            **_service(plan, kuberay, endpoint),
            "rayClusterConfig": ray_cluster(
                plan,
                settings,
                kuberay,
                endpoint.name,
                _groups(plan, endpoint),
                SERVE_PORT,
            ),
        },
    }
    says = f"`{endpoint.name}`: the champion of `{endpoint.model}` answers requests, on Ray Serve."
    return Object(f"{slug(endpoint.name)}-ray-service", body, endpoint.at, says)


def serve_text(plan: Plan, endpoint: Endpoint) -> str:
    """The Serve config of one endpoint."""
    listening = replace(endpoint, port=SERVE_PORT)
    arguments = {"plan": PLAN_FILE, "project": PROJECT, "state": STATE}
    everywhere = "0.0.0.0"  # noqa: S104 - of the pod; the policy says who may come
    return dump_yaml(
        serve_config(plan, (listening,), arguments, everywhere, one_replica_a_node=True)
    )


def worker_budget(plan: Plan, endpoint: Endpoint) -> Object:
    """One worker less than there always are. Of pods that no Deployment owns, Kubernetes counts
    only those that must stay."""
    part = endpoint.name
    body = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(plan, part),
        "spec": {
            "minAvailable": endpoint.replicas.minimum - 1,
            "selector": {"matchLabels": {**labels(plan, part), **WORKER}},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }
    return Object(f"{slug(part)}-disruption-budget", body, endpoint.at)


def _upgrade(kuberay: KubeRay) -> dict[str, Any]:
    moving = kuberay.incremental
    if moving is None:
        return {"type": "NewCluster"}
    return {
        "type": "NewClusterWithIncrementalUpgrade",
        "clusterUpgradeOptions": {
            "gatewayClassName": moving.gateway_class,
            "maxSurgePercent": 100,
            "stepSizePercent": max(1, round(moving.step * 100)),
            "intervalSeconds": max(1, moving.every // _SECOND),
        },
    }


def _service(plan: Plan, kuberay: KubeRay, endpoint: Endpoint) -> dict[str, Any]:
    """The Service by the name that it has without KubeRay; an incremental upgrade makes its own."""
    if kuberay.incremental is not None:
        return {}
    port = {"name": "serve", "port": endpoint.port, "targetPort": SERVE_PORT}
    spec = {"type": "ClusterIP", "ports": [port]}
    named = {"name": name_of(plan, endpoint.name), "labels": labels(plan, endpoint.name)}
    return {"serveService": {"metadata": named, "spec": spec}}


def _groups(plan: Plan, endpoint: Endpoint) -> tuple[tuple[WorkerGroup, int, int], ...]:
    """Pods of the kind that the endpoint needs: one a replica."""
    of_endpoint = replace(plan, steps=(), endpoints=(endpoint,))
    wanted = endpoint.resources.gpu > 0
    (group,) = [one for one in worker_groups(of_endpoint) if (one.name != PLAIN) == wanted]
    return ((group, endpoint.replicas.minimum, endpoint.replicas.maximum),)
