"""The kustomizations: what `kubectl apply -k` reads first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...compiler.plan import Plan
from .labels import common_labels
from .pod import image_of, plan_map
from .settings import KubernetesSettings

_IMAGE = re.compile(r"(?P<name>[^@]*?)(?::(?P<tag>[^:/@]+))?(?:@(?P<digest>.+))?")
REFERENCES = "name-references.yaml"
KIND = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


@dataclass(frozen=True, slots=True)
class ImageName:
    """The parts of the name of an image."""

    name: str
    tag: str | None
    digest: str | None

    @staticmethod
    def of(text: str) -> "ImageName":
        found = _IMAGE.fullmatch(text)
        assert found is not None
        return ImageName(found["name"], found["tag"], found["digest"])


def namespace_of(plan: Plan, settings: KubernetesSettings) -> str:
    """Where the objects lie."""
    return settings.namespace or plan.name


def base(plan: Plan, settings: KubernetesSettings, files: Sequence[str]) -> dict[str, Any]:
    """The kustomization of all objects of a plan."""
    return {
        **KIND,
        "namespace": namespace_of(plan, settings),
        "resources": list(files),
        **_labels(common_labels(plan)),
        **_plan(plan, settings),
        **_references(settings),
    }


def has_references(settings: KubernetesSettings) -> bool:
    """Whether kustomize has to be told where custom resources name the plan's ConfigMap."""
    return settings.kuberay is not None and not settings.plan_in_image


def _references(settings: KubernetesSettings) -> dict[str, Any]:
    return {"configurations": [REFERENCES]} if has_references(settings) else {}


def overlay(
    before: tuple[Plan, KubernetesSettings],
    after: tuple[Plan, KubernetesSettings],
    added: Sequence[str],
    patches: Sequence[str],
) -> dict[str, Any]:
    """What an environment puts over the base."""
    plan, settings = after
    images = _images(image_of(*before), image_of(*after))
    return {
        **KIND,
        "namespace": namespace_of(*after),
        "resources": ["../../base", *added],
        **_labels(common_labels(plan)),
        **({} if before[1].plan_in_image else _replaced(before, after)),
        **(_plan(plan, settings) if before[1].plan_in_image else {}),
        **_references(settings),
        **({"images": [images]} if images else {}),
        **({"patches": [{"path": path} for path in patches]} if patches else {}),
    }


def _labels(pairs: Mapping[str, str]) -> dict[str, Any]:
    return {"labels": [{"pairs": dict(pairs), "includeTemplates": True}]}


def _plan(plan: Plan, settings: KubernetesSettings) -> dict[str, Any]:
    """The ConfigMap: its name ends in the hash of the plan, so that pods follow a new plan."""
    if settings.plan_in_image:
        return {}
    return {"configMapGenerator": [{"name": plan_map(plan), "files": ["plan.json"]}]}


def _replaced(
    before: tuple[Plan, KubernetesSettings], after: tuple[Plan, KubernetesSettings]
) -> dict[str, Any]:
    """The plan of the environment instead of the base's, which kustomize finds by its namespace."""
    if after[1].plan_in_image:
        return {}
    if plan_map(before[0]) != plan_map(after[0]):
        return _plan(*after)
    one = {
        "name": plan_map(before[0]),
        "namespace": namespace_of(*before),
        "behavior": "replace",
        "files": ["plan.json"],
    }
    return {"configMapGenerator": [one]}


def _images(before: str, after: str) -> dict[str, str]:
    """How kustomize is told of another image."""
    if before == after:
        return {}
    new = ImageName.of(after)
    found = {"name": ImageName.of(before).name, "newName": new.name}
    if new.tag is not None or new.digest is None:
        found["newTag"] = new.tag or ""
    return {**found, "digest": new.digest or ""}
