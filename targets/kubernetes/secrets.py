"""Secrets: never their values, only where they come from."""

from typing import Any

from ...compiler.plan import Plan
from .labels import metadata
from .object import Object
from .pod import secret_of
from .settings import ExternalSecrets, KubernetesSettings

_SECOND = 1_000_000


def external_secret(plan: Plan, settings: KubernetesSettings, outside: ExternalSecrets) -> Object:
    """What the External Secrets Operator makes the Secret from."""
    body = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": metadata(plan, "secrets"),
        "spec": {
            "refreshInterval": f"{outside.refresh // _SECOND}s",
            "secretStoreRef": {"name": outside.store, "kind": outside.kind},
            "target": {"name": secret_of(plan, settings), "creationPolicy": "Owner"},
            "data": [_entry(name, outside) for name in plan.secrets],
        },
    }
    says = "The secrets that the spec names; their values never come near it."
    return Object("external-secret", body, says=says)


def _entry(name: str, outside: ExternalSecrets) -> dict[str, Any]:
    remote = {"key": name} if outside.key is None else {"key": outside.key, "property": name}
    return {"secretKey": name, "remoteRef": remote}
