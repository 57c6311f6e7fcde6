"""Autoscalers: more pods under load."""

from ...compiler.plan import Endpoint, Plan
from .labels import metadata, name_of, slug
from .object import Object

BUSY_PERCENT = 70


def autoscaler(plan: Plan, endpoint: Endpoint) -> Object:
    """Between `min` and `max`, by the share of the cores asked for that are busy."""
    busy = {"type": "Utilization", "averageUtilization": BUSY_PERCENT}
    body = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata(plan, endpoint.name),
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": name_of(plan, endpoint.name),
            },
            "minReplicas": endpoint.replicas.minimum,
            "maxReplicas": endpoint.replicas.maximum,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": busy}}],
        },
    }
    return Object(f"{slug(endpoint.name)}-autoscaler", body, endpoint.at)
