"""What was written about each node, as leaves that are equal where the meaning is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...specs.document import Path
from ...specs.expressions.ir import to_json
from ..fingerprint import hashed
from ..graph import (
    DeploymentNode,
    Graph,
    ModelNode,
    MonitorNode,
    Node,
    TypedExpression,
    ViewNode,
)
from .params import JSON

SPEC = "spec"
"""The name of what belongs to no node: names, entities, stores, targets."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of the spec: what is compared, and the value itself, defaults included."""

    meaning: JSON
    value: JSON


def leaves_of(graph: Graph) -> dict[str, dict[Path, Leaf]]:
    """By node, the value at every path of the spec; a list is one leaf. Defaults are filled in,
    and environments are left out: the one that is compared is merged already."""
    found = {SPEC: dict(_of_spec(graph))}
    for name, node in graph.nodes():
        section = graph.spec.features[node.name] if isinstance(node, ViewNode) else node.section
        data = section.model_dump(by_alias=True)
        found[name] = dict(_leaves(node.at, data, dict(_meanings(node))))
    return found


def _of_spec(graph: Graph) -> Iterator[tuple[Path, Leaf]]:
    spec = graph.spec
    for key in ("name", "description", "owner", "tags", "as_of"):
        value = getattr(spec, key)
        yield (key,), Leaf(value, value)
    for name, entity in spec.entities.items():
        yield from _leaves(("entities", name), entity.model_dump(by_alias=True), {})
    yield from _leaves(("targets",), spec.targets, {})
    yield from _leaves(("stores",), spec.stores.model_dump(), {})


def _leaves(at: Path, value: Any, meanings: Mapping[Path, JSON]) -> Iterator[tuple[Path, Leaf]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves((*at, key), item, meanings)
    elif value is not None or "params" in at:  # null is a value of an estimator's parameter
        yield at, Leaf(meanings.get(at, value), value)


def _meanings(node: Node) -> Iterator[tuple[Path, JSON]]:
    """Where two texts can mean the same: expressions and gates."""
    match node:
        case ViewNode():
            yield from _expressions(*node.fields.values(), node.where)
            yield (*node.at, "windows"), [list(window) for window in node.windows]
        case ModelNode():
            yield from _expressions(node.label, node.where)
            yield (*node.at, "gates"), [hashed(gate) for gate in node.gates]
        case DeploymentNode() | MonitorNode():
            yield from _expressions(node.where if isinstance(node, DeploymentNode) else None)


def _expressions(*expressions: TypedExpression | None) -> Iterator[tuple[Path, JSON]]:
    for one in expressions:
        if one is not None:
            yield one.at, to_json(one.tree)
