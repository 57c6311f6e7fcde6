"""Specs whose bundles are rendered, checked and run, and how each is compiled."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from onespec.compiler.compile import compile_spec, load
from onespec.compiler.plan import Plan
from onespec.targets.kubernetes.settings import KubernetesSettings
from onespec.targets.kubernetes.target import KUBERNETES
from onespec.targets.target import Variant

REPO = Path(__file__).parents[3]
EVERYTHING = Path(__file__).parent / "everything.yaml"
KUBERAY = Path(__file__).parent / "kuberay.yaml"
EXAMPLES = {p.parent.name: p for p in sorted((REPO / "examples").rglob("pipeline.yaml"))}
SPECS = {**EXAMPLES, "everything": EVERYTHING, "kuberay": KUBERAY}


def settings_of(plan: Plan, **told: Any) -> KubernetesSettings:
    """The settings of a plan's target."""
    data = {**plan.targets.get("kubernetes", {}), "bundle": "build/kubernetes", **told}
    return KubernetesSettings.model_validate(data)


@dataclass(frozen=True)
class Bundle:
    """A bundle of one spec: the names of its environments, and its files by their paths."""

    environments: tuple[str, ...]
    files: dict[str, str]

    def write(self, folder: Path) -> Path:
        for path, text in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        return folder


@cache
def plan_of(name: str, environment: str | None = None) -> Plan:
    """The plan of a spec."""
    return compile_spec(SPECS[name], environment)


@cache
def bundle(name: str) -> Bundle:
    """The bundle of a spec with the overlays of all its environments."""
    plan = plan_of(name)
    settings = settings_of(plan)
    layers = tuple(_layer(name, one) for one in load(SPECS[name])[1].environments)
    artifacts = (*KUBERNETES.emit(plan, settings), *KUBERNETES.overlays(plan, settings, layers))
    return Bundle(tuple(one.name for one in layers), {one.path: one.text for one in artifacts})


@cache
def alone(name: str, environment: str) -> Bundle:
    """The bundle of one environment, as `compile -e` writes it."""
    layer = _layer(name, environment)
    assert isinstance(layer.settings, KubernetesSettings)
    artifacts = KUBERNETES.emit(layer.plan, layer.settings)
    return Bundle((), {one.path: one.text for one in artifacts})


def _layer(name: str, environment: str) -> Variant:
    plan = plan_of(name, environment)
    document, _ = load(SPECS[name])
    line = document.key_span(("environments", environment)).line
    return Variant(environment, plan, settings_of(plan), f"pipeline.yaml:{line}")


def folders(name: str) -> tuple[str, ...]:
    """The kustomizations of a bundle."""
    return ("base", *(f"overlays/{one}" for one in bundle(name).environments))


ALL = tuple((name, folder) for name in SPECS for folder in folders(name))
"""Every kustomization of every spec."""
