"""Which edits made a step another one."""

from collections.abc import Iterable, Iterator, Mapping

from ...specs.document import Path
from ...specs.expressions.ir import columns
from ...specs.span import SourceSpan
from ..graph import Graph
from .edits import LOCK, Edit
from .params import Change
from .places import candidates, place
from .side import Side, span_of

Root = tuple[str, Change | None]
"""A step, or `endpoint.NAME`, and what differs of it; None where it is new, gone, or runs other
code of ours."""


class Causes:
    """Finds the edits behind the roots of a change."""

    def __init__(self, before: Side, after: Side, edits: Iterable[Edit]) -> None:
        self._sides = (before, after)
        self._edits: dict[Path, list[Edit]] = {}
        self._made: dict[tuple[str, str], Edit] = {}
        for edit in edits:
            # Under its parents too, so that one look finds what lies below a path.
            for end in range(3, len(edit.path) + 1):
                self._edits.setdefault(edit.path[:end], []).append(edit)

    def of(self, roots: Iterable[Root]) -> tuple[Edit, ...]:
        """The edits of the spec, each once; where none is behind them, the differences as such."""
        roots = list(roots)
        found = dict.fromkeys(edit for root in roots for edit in self._written(root))
        if not found:
            own = [root for root in roots if root[1] is not None]
            found = dict.fromkeys(self._as_edit(*root) for root in own or roots)
        return tuple(found)

    def _written(self, root: Root) -> Iterator[Edit]:
        step, change = root
        if change is None:
            return
        for side in self._sides:
            if side.graph is None:
                continue
            for path in _paths(side.graph, step, change):
                edits = self._at(path)
                if edits:
                    yield from edits
                    break

    def _at(self, path: Path) -> list[Edit]:
        """Edits at, below or above a path; what belongs to a node as a whole is no cause."""
        if path in self._edits:
            return self._edits[path]
        above = (path[:end] for end in range(len(path) - 1, 2, -1))
        return [e for p in above for e in self._edits.get(p, ()) if e.path == p]

    def _as_edit(self, step: str, change: Change | None) -> Edit:
        path = change.path if change else ""
        made = self._made.get((step, path))
        if made is None:
            before, after = self._sides
            made = self._made[step, path] = Edit(
                after.owner(step),
                (step, path) if path else (step,),
                change.before if change else None,
                change.after if change else None,
                _place(before, step, path),
                _place(after, step, path),
            )
        return made


def _place(side: Side, step: str, path: str) -> SourceSpan | None:
    if side.graph is not None:
        try:
            return place(side.graph, step, path)
        except KeyError:
            return None
    return span_of(side.place(step))


def _paths(graph: Graph, step: str, change: Change) -> Iterator[Path]:
    """Where a difference may have been written: itself first, then what it follows from."""
    try:
        found = [*candidates(graph, step, change.path)]
    except KeyError:
        return
    parts = change.path.split(".")
    retyped = change.before is not None and change.after is not None
    kind, owner, *_ = step.split(".")
    if kind == "features" and not retyped and owner in graph.models:
        # A model may read more or less of a view that is the same.
        yield ("models", owner, "features")
    yield from (path for path in found if len(path) > 2)
    if "features" in parts:
        reference = ".".join(parts[parts.index("features") + 1 :])
        yield from _of_feature(graph, reference, retyped=retyped)
    if "columns" in parts and retyped:
        column = ".".join(parts[parts.index("columns") + 1 :])
        for source in (path[1] for path in found if len(path) == 2 and path[0] == "sources"):
            yield from _of_column(str(source), column)


def _of_feature(graph: Graph, reference: str, *, retyped: bool) -> Iterator[Path]:
    """Its field, its windows, and for its type the columns that the field reads."""
    view = graph.views.get(reference.partition(".")[0])
    if view is None:
        return
    field = next((f.field for f in view.features if f.reference == reference), None)
    yield (*view.at, "fields", field or reference.partition(".")[2])
    yield (*view.at, "windows")
    if field is not None and view.source is not None and retyped:
        for column in sorted(columns(view.fields[field].tree)):
            yield from _of_column(view.source.name, column)


def _of_column(source: str, column: str) -> Iterator[Path]:
    yield (LOCK, source, column)
    yield ("sources", source, "checks")  # a column that is tested is never null


def by_node(edits: Iterable[Edit]) -> Mapping[str, list[Edit]]:
    """The edits of each node."""
    found: dict[str, list[Edit]] = {}
    for edit in edits:
        found.setdefault(edit.node, []).append(edit)
    return found
