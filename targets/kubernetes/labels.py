"""Names and labels of objects."""

from typing import Any

from ...compiler.plan import Plan

PRODUCT = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"


def name_of(plan: Plan, part: str = "") -> str:
    """What an object is called: the product, and the part of it that the object is for."""
    return "-".join(word for word in (plan.name, slug(part)) if word)


def slug(name: str) -> str:
    """A name of the spec as Kubernetes allows it."""
    return name.replace("_", "-")


def labels(plan: Plan, part: str = "") -> dict[str, str]:
    """What tells an object's pods from all others; the kustomization adds what is alike in all.

    A selector can never change, so that nothing of a version or an environment is here.
    """
    found = {PRODUCT: plan.name}
    return {**found, COMPONENT: slug(part)} if part else found


def common_labels(plan: Plan) -> dict[str, str]:
    """What all objects bear, by the names that Kubernetes recommends."""
    instance = f"{plan.name}-{slug(plan.environment)}" if plan.environment else plan.name
    return {
        "app.kubernetes.io/instance": instance[:63].rstrip("-"),
        "app.kubernetes.io/part-of": plan.name,
        "app.kubernetes.io/managed-by": "onespec",
    }


def metadata(plan: Plan, part: str = "", **more: Any) -> dict[str, Any]:
    """The metadata of an object for a part of the product, or for all of it."""
    return {"name": name_of(plan, part), "labels": labels(plan, part), **more}
