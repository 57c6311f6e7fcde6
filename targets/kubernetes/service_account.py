"""The service account: who the pods are."""

from typing import Any

from ...compiler.plan import Plan
from .labels import metadata
from .object import Object
from .settings import KubernetesSettings


def service_account(plan: Plan, settings: KubernetesSettings) -> Object:
    """An account without a token and without any Role: the pods never talk to the API."""
    annotations = dict(settings.service_account.annotations)
    more: dict[str, Any] = {"annotations": annotations} if annotations else {}
    body = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(plan, **more),
        "automountServiceAccountToken": False,
    }
    says = "Who the pods are. No Role is bound to it: they never talk to the Kubernetes API."
    return Object("service-account", body, says=says)
