"""The Ingress: how the endpoints are reached from outside the cluster."""

from typing import Any

from ...compiler.plan import Plan
from .labels import metadata, name_of
from .object import Object
from .settings import Ingress


def ingress(plan: Plan, wanted: Ingress) -> Object:
    """A host an endpoint. `check` has seen that the endpoints are there."""
    spec: dict[str, Any] = {}
    if wanted.ingress_class is not None:
        spec["ingressClassName"] = wanted.ingress_class
    if wanted.tls_secret is not None:
        spec["tls"] = [{"hosts": list(wanted.hosts.values()), "secretName": wanted.tls_secret}]
    spec["rules"] = [_rule(plan, name, host) for name, host in wanted.hosts.items()]
    body = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata(plan),
        "spec": spec,
    }
    return Object("ingress", body, says="How the endpoints are reached from outside.")


def _rule(plan: Plan, endpoint: str, host: str) -> dict[str, Any]:
    # By its number: KubeRay allows a Service for Serve no port of another name than `serve`.
    port = {"number": plan.endpoint(endpoint).port}
    backend = {"service": {"name": name_of(plan, endpoint), "port": port}}
    return {
        "host": host,
        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
    }
