"""The graph of columns: nodes, the roles in which they are read, and walks through it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ...specs.document import Path

LineageKind = Literal[
    "column", "input", "view", "field", "feature", "label", "examples", "model", "score", "monitor"
]
Role = Literal["value", "filter", "key", "time", "rows", "label", "slice"]


@dataclass(frozen=True, slots=True)
class LineageNode:
    """One thing that a column can become.

    `name` is what people write (`airport_load.mean_delay_6h`), `id` is unique. A view stands for
    the rows that it keeps: its keys, its event time and its `where`.
    """

    id: str
    name: str
    kind: LineageKind
    at: Path
    type: str = ""
    expression: str = ""
    note: str = ""
    window: str = ""


@dataclass(frozen=True, slots=True)
class Hop:
    """`before` is read by `after`, in a role. `owner`: only where this model or score reads it."""

    before: str
    after: str
    role: Role
    owner: str = ""


@dataclass(frozen=True)
class Lineage:
    """All nodes by id, and the hops into and out of each."""

    nodes: Mapping[str, LineageNode]
    into: Mapping[str, tuple[Hop, ...]]
    out_of: Mapping[str, tuple[Hop, ...]]

    def before(self, node: str) -> tuple[Hop, ...]:
        """The hops that end at a node, in the order of the spec."""
        return self.into.get(node, ())

    def after(self, node: str) -> tuple[Hop, ...]:
        """The hops that begin at a node."""
        return self.out_of.get(node, ())

    def walk(self, starts: Iterable[str], *, downstream: bool = False) -> "Walk":
        """All that the starts are made of, or all that they touch."""
        begun = tuple(starts)
        owners = frozenset[str]() if downstream else self._owners(begun)
        hops: dict[Hop, None] = {}
        seen = dict.fromkeys(begun)
        waiting = list(reversed(begun))
        while waiting:
            node = waiting.pop()
            for hop in self.after(node) if downstream else self.before(node):
                if owners and hop.owner and hop.owner not in owners:
                    continue
                hops[hop] = None
                other = hop.after if downstream else hop.before
                if other not in seen:
                    seen[other] = None
                    waiting.append(other)
        return Walk(begun, downstream, tuple(self.nodes[n] for n in seen), tuple(hops))

    def _owners(self, starts: tuple[str, ...]) -> frozenset[str]:
        """The models and scores that a walk upstream belongs to; none where it begins below."""
        found: set[str] = set()
        waiting = [s for s in starts if self.nodes[s].kind in ("model", "score", "monitor")]
        while waiting:
            node = waiting.pop()
            if node not in found and self.nodes[node].kind in ("model", "score", "monitor"):
                found.add(node)
                waiting += [hop.before for hop in self.before(node)]
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Walk:
    """A part of the lineage: nodes in the order in which they were reached, and their hops."""

    starts: tuple[str, ...]
    downstream: bool
    nodes: tuple[LineageNode, ...]
    hops: tuple[Hop, ...]
