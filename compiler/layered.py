"""A layered layout: nodes in columns, few crossings, edges that run straight where they can.

After Sugiyama, Tagawa and Toda (1981): edges over several columns are cut by waypoints, columns
are ordered by barycentres, and positions follow by isotonic regression. Deterministic, and linear
but for the sorting of columns.
"""

import itertools
from bisect import bisect_right, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Edge = tuple[str, str]

_SWEEPS = 12
_ALIGNMENTS = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """By node the column and the vertical centre; by edge the centres in the columns between."""

    column: Mapping[str, int]
    center: Mapping[str, float]
    waypoints: Mapping[Edge, tuple[float, ...]]
    height: float


@dataclass(slots=True)
class _Item:
    """A node, or the waypoint of an edge; neighbours are items of the columns beside it."""

    size: float
    name: str = ""
    left: list["_Item"] = field(default_factory=list)
    right: list["_Item"] = field(default_factory=list)
    place: int = 0
    center: float = 0.0


def layered(
    columns: Sequence[Sequence[str]],
    edges: Sequence[Edge],
    *,
    height: float,
    waypoint: float,
    gap: float,
) -> Layout:
    """Lay out nodes that have their columns already; edges go from left to right.

    `height` is that of a node, `waypoint` what an edge takes up where it passes a column, `gap`
    lies between two of them.
    """
    column = {name: index for index, names in enumerate(columns) for name in names}
    nodes = {name: _Item(height, name) for name in column}
    stacks = [[nodes[name] for name in names] for names in columns]
    chains = {edge: _chain(edge, column, nodes, stacks, waypoint) for edge in edges}
    stacks = _ordered(stacks)
    _align(stacks, gap)
    top = min((i.center - i.size / 2 for stack in stacks for i in stack), default=0.0)
    bottom = max((i.center + i.size / 2 for stack in stacks for i in stack), default=0.0)
    return Layout(
        column,
        {name: item.center - top for name, item in nodes.items()},
        {edge: tuple(item.center - top for item in chain) for edge, chain in chains.items()},
        bottom - top,
    )


def _chain(
    edge: Edge,
    column: Mapping[str, int],
    nodes: Mapping[str, _Item],
    stacks: list[list[_Item]],
    size: float,
) -> list[_Item]:
    """The waypoints of an edge, linked with its ends."""
    first, last = edge
    chain = [_Item(size) for _ in range(column[first] + 1, column[last])]
    for index, item in enumerate(chain, start=column[first] + 1):
        stacks[index].append(item)
    linked = [nodes[first], *chain, nodes[last]]
    for one, other in itertools.pairwise(linked):
        one.right.append(other)
        other.left.append(one)
    return chain


# --- the order within columns ---------------------------------------------------------------


def _ordered(stacks: list[list[_Item]]) -> list[list[_Item]]:
    """The order with the fewest crossings of several sweeps to and fro."""
    _number(stacks)
    best, fewest = [list(stack) for stack in stacks], _crossings(stacks)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        onward = sweep % 2 == 0
        for stack in stacks[1:] if onward else reversed(stacks[:-1]):
            stack.sort(key=_barycentre(onward))
            _number([stack])
        found = _crossings(stacks)
        if found < fewest:
            best, fewest = [list(stack) for stack in stacks], found
    _number(best)
    return best


def _number(stacks: list[list[_Item]]) -> None:
    for stack in stacks:
        for place, item in enumerate(stack):
            item.place = place


def _barycentre(onward: bool) -> Callable[[_Item], float]:
    """Where a node's neighbours are, on average; without any it stays."""

    def mean(item: _Item) -> float:
        beside = item.left if onward else item.right
        return sum(n.place for n in beside) / len(beside) if beside else item.place

    return mean


def _crossings(stacks: list[list[_Item]]) -> int:
    """How many pairs of edges cross."""
    total = 0
    for stack in stacks:
        ends: list[int] = []
        for item in stack:
            places = sorted(other.place for other in item.right)
            total += sum(len(ends) - bisect_right(ends, place) for place in places)
            for place in places:
                insort(ends, place)
    return total


# --- positions ------------------------------------------------------------------------------


def _align(stacks: list[list[_Item]], gap: float) -> None:
    """Centres near those of the neighbours, alternately of the left and of the right side."""
    for stack in stacks:
        _place(stack, [0.0] * len(stack), gap)
        middle = (stack[0].center + stack[-1].center) / 2 if stack else 0.0
        for item in stack:
            item.center -= middle
    for turn in range(_ALIGNMENTS):
        onward = turn % 2 == 0
        for stack in stacks[1:] if onward else reversed(stacks[:-1]):
            _place(stack, [_wanted(item, onward) for item in stack], gap)


def _wanted(item: _Item, onward: bool) -> float:
    beside = item.left if onward else item.right
    return sum(n.center for n in beside) / len(beside) if beside else item.center


def _place(stack: Sequence[_Item], wanted: Sequence[float], gap: float) -> None:
    """The centres nearest to those wanted (least squares) that keep order and distance."""
    offset, offsets = 0.0, []
    for index, item in enumerate(stack):
        if index:
            offset += (stack[index - 1].size + item.size) / 2 + gap
        offsets.append(offset)
    blocks: list[tuple[float, int]] = []  # mean and number of those that move together
    for target, shift in zip(wanted, offsets, strict=True):
        mean, count = target - shift, 1
        while blocks and blocks[-1][0] >= mean:
            before, members = blocks.pop()
            mean = (before * members + mean * count) / (members + count)
            count += members
        blocks.append((mean, count))
    centers = [mean for mean, count in blocks for _ in range(count)]
    for item, center, shift in zip(stack, centers, offsets, strict=True):
        item.center = center + shift
