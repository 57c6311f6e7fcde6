"""Lineage as a tree for a terminal: what was seen before is named, and not told again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ...specs.render.visible import cells, visible
from ..graph import Graph
from .columns import Hop, Lineage, LineageNode, Role, Walk

ABOVE = "↑"
"""What stands for a branch that was told further up."""


@dataclass(frozen=True, slots=True)
class TreeLine:
    """A line in parts, so that each can have its colour. `gap` are the spaces before `place`."""

    guide: str
    role: str
    name: str
    kind: str
    told: str
    note: str
    gap: str
    place: str


@dataclass(slots=True)
class _Branch:
    node: LineageNode
    role: Role
    note: str
    below: list["_Branch"] = field(default_factory=list)
    short: bool = False


@dataclass(frozen=True, slots=True)
class _Child:
    node: str
    role: Role
    windows: tuple[str, ...] = ()


def lineage_tree(graph: Graph, lineage: Lineage, walk: Walk, width: int = 80) -> Iterator[TreeLine]:
    """The lines of a walk, at most `width` cells wide where names and places leave room."""
    grower = _Grower(lineage, walk)
    for branch in grower.forest(walk.starts):
        yield from _lines(graph, branch, "", "", width)


class _Grower:
    """Branches, depth first; the features of one field become one branch with its windows."""

    def __init__(self, lineage: Lineage, walk: Walk) -> None:
        self.nodes = lineage.nodes
        self.downstream = walk.downstream
        self.seen: set[str] = set()
        self.hops: dict[str, list[Hop]] = {}
        for hop in walk.hops:
            self.hops.setdefault(hop.before if walk.downstream else hop.after, []).append(hop)

    def forest(self, starts: Sequence[str]) -> Iterator[_Branch]:
        """A branch for each start that no earlier one has told."""
        if not self.downstream and self.nodes[starts[0]].kind == "view":
            yield self._view(starts[0], [_Child(start, "value") for start in starts[1:]])
            return
        for start in starts:
            if start not in self.seen:
                yield self.grow(_Child(start, "value"))

    def grow(self, child: _Child, inside: str = "") -> _Branch:
        """The branch of a child; `inside` is the view under which it stands."""
        node = self.nodes[child.node]
        branch = _Branch(node, child.role, self._note(node, child.windows), short=bool(inside))
        children = self._children(node, child.windows, inside)
        known = node.id in self.seen
        self.seen.add(node.id)
        if known and children:
            branch.note = _joined(branch.note if node.kind == "field" else "", ABOVE)
        elif children and self.downstream and all(c.node in self.seen for c in children):
            names = ", ".join(self.nodes[c.node].name for c in children)
            branch.note = _joined(branch.note if node.kind == "field" else "", f"→ {names} {ABOVE}")
        else:
            branch.below = self._grown(node, children)
        return branch

    def _grown(self, node: LineageNode, children: Sequence[_Child]) -> list[_Branch]:
        if self.downstream or node.kind != "model":
            return [self.grow(child) for child in children]
        # Upstream of a model, the fields stand under their views.
        fields: dict[str, list[_Child]] = {}
        for child in children:
            fields.setdefault(self._view_of(child) or "", []).append(child)
        alone = [self.grow(child) for child in fields.pop("", [])]
        return [*alone, *(self._view(view, members) for view, members in fields.items())]

    def _view(self, view: str, fields: Sequence[_Child]) -> _Branch:
        """A view with some of its fields, and after them its keys, time and `where`."""
        known = view in self.seen
        self.seen.add(view)
        branch = _Branch(self.nodes[view], "value", self.nodes[view].note)
        branch.below = [self.grow(child, inside=view) for child in fields]
        if not known:
            branch.below += [self.grow(c) for c in self._children(self.nodes[view], (), "")]
        return branch

    def _children(self, node: LineageNode, windows: tuple[str, ...], inside: str) -> list[_Child]:
        """What comes next, with a field in the place of its features."""
        if node.kind == "feature" and node.window and not self.downstream:
            node = self.nodes[self.hops[node.id][0].before]
        hops = list(self.hops.get(node.id, ()))
        if node.kind == "field" and self.downstream:
            hops = [
                after
                for hop in hops
                if not windows or self.nodes[hop.after].window in windows
                for after in self.hops.get(hop.after, ())
            ]
        found: dict[tuple[str, Role], _Child] = {}
        for hop in hops:
            other = hop.after if self.downstream else hop.before
            if other == inside or (hop.role == "rows" and self._is_bare(other)):
                continue
            key, window = self._field_of(other) if not self.downstream else (other, "")
            child = found.get((key, hop.role), _Child(key, hop.role))
            more = (window,) if window else ()
            found[key, hop.role] = replace(child, windows=(*child.windows, *more))
        return list(found.values())

    def _field_of(self, node: str) -> tuple[str, str]:
        window = self.nodes[node].window
        return (self.hops[node][0].before, window) if window else (node, "")

    def _is_bare(self, node: str) -> bool:
        """Whether it is a view on demand, whose rows are made of nothing."""
        return self.nodes[node].kind == "view" and node not in self.hops

    def _view_of(self, child: _Child) -> str | None:
        node = self.nodes[child.node]
        if child.role != "value" or node.kind not in ("field", "feature"):
            return None
        return f"view.{node.name.partition('.')[0]}"

    def _note(self, node: LineageNode, windows: tuple[str, ...]) -> str:
        if node.kind != "field":
            return node.note
        return f"[{', '.join(windows) or node.note}]"


def _joined(*notes: str) -> str:
    return " ".join(note for note in notes if note)


def _lines(graph: Graph, branch: _Branch, first: str, rest: str, width: int) -> Iterator[TreeLine]:
    yield _line(graph, branch, first, width)
    for index, below in enumerate(branch.below):
        last = index == len(branch.below) - 1
        yield from _lines(
            graph,
            below,
            rest + ("└─ " if last else "├─ "),
            rest + ("   " if last else "│  "),
            width,
        )


def _line(graph: Graph, branch: _Branch, guide: str, width: int) -> TreeLine:
    node = branch.node
    role = "" if branch.role in ("value", "rows") else f"{branch.role} "
    full = visible(node.name)
    name, place = full.partition(".")[2] if branch.short else full, graph.place(node.at)
    told = ""
    if node.expression and node.expression != node.name.rpartition(".")[2]:
        told = (
            f" = {visible(node.expression)}"
            if node.kind not in _ROWS
            else (f" where {visible(node.expression)}")
        )
    elif node.type and node.kind in ("column", "input"):
        told = f" {node.type}"
    note = f"  {branch.note}" if branch.note else ""
    free = width - cells(guide + role + name + note + place) - 2
    told = _cut(told, max(free, 8))
    note = _cut(note, max(width - cells(guide + role + name + told + place) - 2, 8))
    used = cells(guide + role + name + told + note + place)
    return TreeLine(guide, role, name, node.kind, told, note, " " * max(2, width - used), place)


_ROWS = ("view", "examples")


def _cut(text: str, room: int) -> str:
    """The text in at most `room` cells."""
    if cells(text) <= room:
        return text
    while text and cells(text) >= room:
        text = text[:-1]
    return text.rstrip() + "…"
