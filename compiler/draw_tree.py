"""The graph as a tree for a terminal: from what people use down to what it is made of."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..specs.render.visible import cells
from .graph import Graph, inputs_of
from .lineage.tree import ABOVE


@dataclass(frozen=True, slots=True)
class GraphLine:
    """A line in parts, so that each can have its colour; `note` and `place` are asides."""

    guide: str
    name: str
    kind: str
    note: str
    gap: str
    place: str


def draw_tree(graph: Graph, width: int) -> Iterator[GraphLine]:
    """A line for each node where it is first read, and a short one wherever it is read again."""
    nodes = dict(graph.nodes())
    below = {name: inputs_of(node) for name, node in nodes.items()}
    read = {name for names in below.values() for name in names}
    tops = [name for name in nodes if name not in read]
    shown: set[str] = set()
    waiting = [(name, "", "") for name in reversed(tops)]
    while waiting:
        name, guide, rest = waiting.pop()
        kind, _, short = name.partition(".")
        known = name in shown and bool(below[name])
        shown.add(name)
        note = f" {kind}{f' {ABOVE}' if known else ''}"
        place = graph.place(nodes[name].at)
        used = cells(guide + short + note + place)
        yield GraphLine(guide, short, kind, note, " " * max(2, width - used), place)
        inner = () if known else below[name]
        for index in reversed(range(len(inner))):
            last = index == len(inner) - 1
            deeper = (rest + "└─ ", rest + "   ") if last else (rest + "├─ ", rest + "│  ")
            waiting.append((inner[index], *deeper))
