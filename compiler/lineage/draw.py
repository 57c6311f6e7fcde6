"""Lineage for other tools: JSON, and Mermaid for Markdown."""

import json
from dataclasses import dataclass

from ..graph import Graph
from .columns import LineageNode, Walk

_STYLES = {
    "column": ("#dbeafe", "#1d4ed8"),
    "input": ("#dbeafe", "#1d4ed8"),
    "view": ("#ecfeff", "#0e7490"),
    "field": ("#cffafe", "#0e7490"),
    "feature": ("#cffafe", "#0e7490"),
    "label": ("#fae8ff", "#a21caf"),
    "examples": ("#fae8ff", "#a21caf"),
    "model": ("#f3e8ff", "#7e22ce"),
    "score": ("#dcfce7", "#15803d"),
    "monitor": ("#fef3c7", "#b45309"),
}


@dataclass(frozen=True, slots=True)
class _Arrow:
    """A hop, whoever it is for."""

    before: str
    after: str
    role: str


def lineage_json(graph: Graph, walk: Walk) -> str:
    """Nodes with their places and expressions, and hops with their roles."""
    data = {
        "of": list(walk.starts),
        "direction": "downstream" if walk.downstream else "upstream",
        "nodes": [
            {
                "id": node.id,
                "name": node.name,
                "kind": node.kind,
                "type": node.type or None,
                "expression": node.expression or None,
                "window": node.window or None,
                "place": graph.place(node.at),
            }
            for node in walk.nodes
        ],
        "hops": [{"from": h.before, "to": h.after, "role": h.role} for h in _once(walk)],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def lineage_mermaid(walk: Walk) -> str:
    """A flowchart; the arrows of what is not a value say what it is."""
    numbers = {node.id: f"n{i}" for i, node in enumerate(walk.nodes)}
    lines = ["flowchart LR"]
    lines += [f'  {numbers[n.id]}["{_label(n)}"]:::{n.kind}' for n in walk.nodes]
    for hop in _once(walk):
        arrow = "-->" if hop.role == "value" else f"-. {hop.role} .->"
        lines.append(f"  {numbers[hop.before]} {arrow} {numbers[hop.after]}")
    kinds = dict.fromkeys(node.kind for node in walk.nodes)
    for kind in kinds:
        fill, line = _STYLES[kind]
        lines.append(f"  classDef {kind} fill:{fill},stroke:{line},color:#111")
    return "\n".join(lines) + "\n"


def _once(walk: Walk) -> list[_Arrow]:
    return list(dict.fromkeys(_Arrow(h.before, h.after, h.role) for h in walk.hops))


def _label(node: LineageNode) -> str:
    """Mermaid reads entities inside quotes, and nothing else."""
    return "".join(c if c.isalnum() or c in " ._-" else f"#{ord(c)};" for c in node.name)
