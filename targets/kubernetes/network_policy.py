"""Network policies: nothing passes but what is needed."""

from collections.abc import Iterator
from typing import Any

from ...compiler.plan import Endpoint, Plan
from ..yaml_text import Commented
from .deployment import container_port
from .labels import labels, metadata, slug
from .object import Object
from .settings import KubernetesSettings
from .stores import store_ports

_NAMESPACE = "kubernetes.io/metadata.name"


def network_policy(plan: Plan, settings: KubernetesSettings) -> Object:
    """For all pods: nothing comes in, and only DNS and the stores can be reached."""
    ports = sorted({*store_ports(plan), *settings.network.egress_ports})
    dns = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    egress: list[Any] = [Commented({"ports": dns}, "DNS")]
    if ports:
        told = "The stores and buckets of the spec. A policy knows no host names: only ports."
        some = [{"protocol": "TCP", "port": port} for port in ports]
        egress.append(Commented({"ports": some}, told))
    body = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(plan),
        "spec": {
            "podSelector": {"matchLabels": labels(plan)},
            "policyTypes": ["Ingress", "Egress"],
            "egress": egress,
        },
    }
    says = "For all pods of the product: nothing comes in, and only this goes out."
    return Object("network-policy", body, says=says)


def endpoint_policy(plan: Plan, settings: KubernetesSettings, endpoint: Endpoint) -> Object:
    """Who may ask an endpoint."""
    port = {"protocol": "TCP", "port": container_port(endpoint)}
    body = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(plan, endpoint.name),
        "spec": {
            "podSelector": {"matchLabels": labels(plan, endpoint.name)},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [*_clients(settings)], "ports": [port]}],
        },
    }
    says = "Pods of this namespace may ask, and those of the namespaces that the target was told."
    return Object(f"{slug(endpoint.name)}-network-policy", body, endpoint.at, says)


def _clients(settings: KubernetesSettings) -> Iterator[dict[str, Any]]:
    yield {"podSelector": {}}
    for name in settings.network.clients:
        yield {"namespaceSelector": {"matchLabels": {_NAMESPACE: name}}}
