"""What passes between the pods of a Ray cluster, and between them and KubeRay."""

from collections.abc import Iterator
from typing import Any

from ....compiler.plan import Plan
from ..labels import labels, metadata, slug
from ..object import Object
from .settings import KubeRay

DASHBOARD = 8265
_API_SERVERS = (443, 6443)
_OPERATOR = {"app.kubernetes.io/name": "kuberay-operator"}


def ray_policies(plan: Plan, kuberay: KubeRay, part: str, at: str) -> Iterator[Object]:
    """Everything between pods of one cluster, and nothing else but the operator and the API."""
    own = {"podSelector": {"matchLabels": labels(plan, part)}}
    inside = {
        "podSelector": {"matchLabels": labels(plan, part)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [own]}],
        "egress": [{"to": [own]}],
    }
    says = "Between the pods of the cluster everything passes: Ray opens ports as it needs them."
    yield _policy(plan, f"{part}-ray", inside, at, says)
    redis = [int(kuberay.redis.address.rpartition(":")[2])] if kuberay.redis else []
    outside = sorted({*_API_SERVERS, *redis})
    head = {
        "podSelector": {"matchLabels": {**labels(plan, part), "ray.io/node-type": "head"}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {
                "from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": _OPERATOR}}],
                "ports": [{"protocol": "TCP", "port": DASHBOARD}],
            }
        ],
        "egress": [{"ports": [{"protocol": "TCP", "port": port} for port in outside]}],
    }
    says = (
        "KubeRay's operator asks the head how things are; the autoscaler beside it asks the API\n"
        "server, whose address differs from cluster to cluster, for pods. What the head knows may\n"
        "be kept in a Redis."
    )
    yield _policy(plan, f"{part}-ray-head", head, at, says)


def _policy(plan: Plan, part: str, spec: dict[str, Any], at: str, says: str) -> Object:
    body = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(plan, part),
        "spec": spec,
    }
    return Object(f"{slug(part)}-network-policy", body, at, says)
