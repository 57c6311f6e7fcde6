"""The files of the Kubernetes target."""

from collections.abc import Iterator, Sequence
from typing import Any

from ...compiler.plan import Plan
from ...compiler.plan_file import plan_text
from ..artifact import Artifact
from ..target import Variant
from ..waivers import waived
from ..yaml_text import dump_yaml
from . import kustomization
from .components import components
from .image import dockerfile, ignored
from .kuberay.objects import name_references
from .object import Object
from .objects import objects
from .overlay import difference
from .settings import KubernetesSettings


def bundle(plan: Plan, settings: KubernetesSettings) -> Iterator[Artifact]:
    """The base, and what its image is built from."""
    yield Artifact("Dockerfile", dockerfile(plan, settings))
    yield Artifact("Dockerfile.dockerignore", ignored(plan, settings))
    yield Artifact("base/plan.json", plan_text(plan))
    files = []
    for one in objects(plan, settings):
        files.append(f"{one.file}.yaml")
        yield Artifact(f"base/{files[-1]}", _object(plan, one))
    yield from _name_references(plan, settings, "base")
    yield from components(plan, settings, "components")
    what = f"Everything of {plan.name}: `kubectl apply --server-side -k` of this folder."
    body = kustomization.base(plan, settings, files)
    yield _kustomization("base", plan, settings, what, body)


def overlays(
    plan: Plan, settings: KubernetesSettings, variants: Sequence[Variant]
) -> Iterator[Artifact]:
    """A folder an environment."""
    for one in variants:
        assert isinstance(one.settings, KubernetesSettings)
        yield from _overlay(plan, settings, one, one.settings)


def _overlay(
    plan: Plan, settings: KubernetesSettings, variant: Variant, told: KubernetesSettings
) -> Iterator[Artifact]:
    folder = f"overlays/{variant.name}"
    yield from _name_references(variant.plan, told, folder)
    yield from components(variant.plan, told, f"{folder}/components")
    yield Artifact(f"{folder}/plan.json", plan_text(variant.plan))
    before, after = (plan, settings), (variant.plan, told)
    found = difference(before, after)
    added = [f"{one.file}.yaml" for one in found.added]
    for one, file in zip(found.added, added, strict=True):
        yield Artifact(f"{folder}/{file}", _object(variant.plan, one))
    patches = [f"{name}-patch.yaml" for name in found.patches]
    for file, body in zip(patches, found.patches.values(), strict=True):
        gone = "is not there" if "$patch" in body else "is otherwise"
        what = f"What {gone} in `{variant.name}`, which is declared at {variant.at}."
        yield Artifact(f"{folder}/{file}", dump_yaml(body, _header(plan, what)))
    what = f"The environment `{variant.name}`, declared at {variant.at}."
    body = kustomization.overlay(before, after, added, patches)
    yield _kustomization(folder, variant.plan, told, what, body)


def _name_references(plan: Plan, settings: KubernetesSettings, folder: str) -> Iterator[Artifact]:
    if kustomization.has_references(settings):
        what = "Where KubeRay's objects name the plan, whose name ends in a hash of its content."
        text = dump_yaml(name_references(), _header(plan, what))
        yield Artifact(f"{folder}/{kustomization.REFERENCES}", text)


def _kustomization(
    folder: str, plan: Plan, settings: KubernetesSettings, what: str, body: dict[str, Any]
) -> Artifact:
    lines = (_header(plan, what), *(one.line for one in waived(plan, settings)))
    return Artifact(f"{folder}/kustomization.yaml", dump_yaml(body, "\n".join(lines)))


def _object(plan: Plan, one: Object) -> str:
    lines = [*([one.says] if one.says else []), *([one.at] if one.at else [])]
    return dump_yaml(one.body, "\n".join((*lines, _compiled(plan))))


def _header(plan: Plan, what: str) -> str:
    return f"{what}\n{_compiled(plan)}"


def _compiled(plan: Plan) -> str:
    return f"Compiled by onespec from {plan.spec}; edit that file, not this one."
