"""The volume of the state folder."""

from typing import Any

from ...compiler.plan import Plan
from .labels import metadata
from .object import Object
from .quantity import size
from .settings import KubernetesSettings
from .stores import embedded_stores


def state_volume(plan: Plan, settings: KubernetesSettings) -> Object:
    """A volume of one node at a time, for the stores that are embedded."""
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size(settings.storage.size)}},
    }
    if settings.storage.storage_class is not None:
        spec["storageClassName"] = settings.storage.storage_class
    body = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(plan, "state"),
        "spec": spec,
    }
    stores = " and ".join(embedded_stores(plan))
    says = (
        f"The state folder: {stores} lie here, so that all pods run on one node.\n"
        "It must be a block volume; SQLite does not work on a network file system.\n"
        "Deleting this object deletes all models."
    )
    return Object("state", body, says=says)
