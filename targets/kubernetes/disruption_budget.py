"""Disruption budgets: how many pods a drained node may take."""

from ...compiler.plan import Endpoint, Plan
from .labels import labels, metadata, slug
from .object import Object


def disruption_budget(plan: Plan, endpoint: Endpoint) -> Object:
    """One at a time. For one pod alone there is none: it would hold up the node for ever."""
    body = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(plan, endpoint.name),
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": labels(plan, endpoint.name)},
            # A pod that is not ready does not answer anyway.
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }
    return Object(f"{slug(endpoint.name)}-disruption-budget", body, endpoint.at)
