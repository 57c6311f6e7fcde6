"""Services: one address for the pods of an endpoint."""

from ...compiler.plan import Endpoint, Plan
from .labels import labels, metadata, slug
from .object import Object


def service(plan: Plan, endpoint: Endpoint) -> Object:
    """The endpoint's port inside the cluster."""
    body = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(plan, endpoint.name),
        "spec": {
            "selector": labels(plan, endpoint.name),
            "ports": [{"name": "http", "port": endpoint.port, "targetPort": "http"}],
        },
    }
    return Object(f"{slug(endpoint.name)}-service", body, endpoint.at)
