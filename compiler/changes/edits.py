"""What was edited between two specs, value by value, with the place on either side."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...specs.document import Path
from ...specs.sections.sources import ROWS
from ...specs.span import SourceSpan
from ..canonical import canonical
from ..graph import Graph
from ..lock import Lock
from .params import JSON
from .sections import Leaf, leaves_of


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """One edit. `path` is the path in the spec, or `("onespec.lock", source, column)`; of an item
    of a list it ends with the item's number on the newer side that has it. `before` and `after`
    are as written, None where there is nothing; so are the places."""

    node: str
    path: Path
    before: JSON
    after: JSON
    old: SourceSpan | None
    new: SourceSpan | None

    @property
    def key(self) -> str:
        return ".".join(str(part) for part in self.path)


LOCK = "onespec.lock"
_ADDRESSES = ("path", "address")


def edits_between(
    before: Graph, after: Graph, locks: tuple[Lock, Lock] | None = None
) -> tuple[Edit, ...]:
    """Every edit that changes a meaning, those of a node that both specs have; the lock's too.

    An address that an environment sets is not one: it says where, not what.
    """
    found: list[Edit] = []
    old, new = leaves_of(before), leaves_of(after)
    for node, leaves in new.items():
        if node in old:
            for edit in _of_node(node, before, after, old[node], leaves):
                if not _is_environments(edit, before, after):
                    found.append(edit)
    if locks is not None:
        found += _of_locks(*locks)
    return tuple(found)


def _of_node(
    node: str, before: Graph, after: Graph, old: Mapping[Path, Leaf], new: Mapping[Path, Leaf]
) -> Iterator[Edit]:
    for path in dict.fromkeys((*old, *new)):
        was, now = old.get(path), new.get(path)
        if was and now and (was.meaning == now.meaning or was.value == now.value):
            continue
        if all(isinstance(leaf.value, list) for leaf in (was, now) if leaf is not None):
            yield from _of_lists(node, path, before, after, was, now)
        else:
            yield Edit(
                node,
                path,
                None if was is None else _written(before, path, was.value),
                None if now is None else _written(after, path, now.value),
                None if was is None else before.key_span(path),
                None if now is None else after.key_span(path),
            )


def _of_lists(
    node: str, path: Path, before: Graph, after: Graph, was: Leaf | None, now: Leaf | None
) -> Iterator[Edit]:
    """Items that only one side has. Where one went and one came, it is one that was changed."""
    gone = [(*path, i) for i in _only(was, now)]
    came = [(*path, i) for i in _only(now, was)]
    if len(gone) == len(came) == 1:
        old, new = _item(before, gone[0], was), _item(after, came[0], now)
        yield Edit(node, came[0], old, new, before.span(gone[0]), after.span(came[0]))
        return
    for at in gone:
        yield Edit(node, at, _item(before, at, was), None, before.span(at), None)
    for at in came:
        yield Edit(node, at, None, _item(after, at, now), None, after.span(at))
    if not gone and not came and was and now:
        old, new = _written(before, path, was.value), _written(after, path, now.value)
        yield Edit(node, path, old, new, before.key_span(path), after.key_span(path))


def _item(graph: Graph, path: Path, leaf: Leaf | None) -> JSON:
    return _written(graph, path, leaf.value[path[-1]] if leaf is not None else None)


def _written(graph: Graph, path: Path, default: JSON) -> JSON:
    """The value as its author wrote it: `3h`, not its microseconds."""
    for at in (path, path[:-1]) if path[-1] == ROWS else (path,):  # `2h`, or by column
        try:
            return graph.document.value(at)
        except KeyError:
            continue
    return default


def _only(one: Leaf | None, other: Leaf | None) -> list[int]:
    """The numbers of the items of the one list that the other has not."""
    if one is None:
        return []
    spare = Counter(canonical(meaning) for meaning in other.meaning) if other else Counter()
    found = []
    for index, meaning in enumerate(one.meaning):
        spare[canonical(meaning)] -= 1
        if spare[canonical(meaning)] < 0:
            found.append(index)
    return found


def _is_environments(edit: Edit, before: Graph, after: Graph) -> bool:
    return edit.path[-1] in _ADDRESSES and any(
        span is not None and _within(span, graph)
        for span, graph in ((edit.old, before), (edit.new, after))
    )


def _within(span: SourceSpan, graph: Graph) -> bool:
    """Whether an environment wrote it."""
    if "environments" not in graph.document.data:
        return False
    whole = graph.span(("environments",))
    start, end = (whole.line, whole.column), (whole.end_line, whole.end_column)
    return span.file == whole.file and start <= (span.line, span.column) < end


def _of_locks(old: Lock, new: Lock) -> Iterator[Edit]:
    """Columns of sources that both files know."""
    for source, columns in new.sources.items():
        were = old.sources.get(source)
        if were is None:
            continue
        for column in dict.fromkeys((*were, *columns)):
            was, now = were.get(column), columns.get(column)
            if was != now:
                yield Edit(
                    f"source.{source}",
                    (LOCK, source, column),
                    None if was is None else str(was),
                    None if now is None else str(now),
                    None if was is None else old.span(source, column),
                    None if now is None else new.span(source, column),
                )
