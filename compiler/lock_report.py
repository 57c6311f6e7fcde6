"""What changed in the sources, as findings at the places of the spec that it concerns."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ..specs.diagnostic import Diagnostic, Related, Severity
from ..specs.document import Document
from ..specs.sections.spec import Spec
from ..specs.suggest import closest
from .bind import bind
from .graph import Graph
from .lock import Lock, Schema
from .lock_changes import Change, lock_changes
from .readers import Reader, Readers

_PLACES = 3
"""How many readers are told with their place; of others the name, and of more their number."""
_NAMES = 6
_NEW = 50
"""Among more new columns than this, none is guessed to be an old one under another name."""


class LockReport:
    """The differences between a lock and what was found, and who reads what they are about."""

    def __init__(
        self,
        document: Document,
        spec: Spec,
        lock: Lock,
        found: Mapping[str, Schema],
        unread: frozenset[str] = frozenset(),
        environment: str | None = None,
    ) -> None:
        self.lock = lock
        self.spec = spec
        self.found = found
        self.changes = lock_changes(lock.sources, found, unread)
        self._graph = _graph(document, spec, lock, found, environment)
        self._readers = Readers(self._graph)
        self._new: dict[str, list[Change]] = defaultdict(list)
        for change in self.changes:
            if change.kind == "new":
                self._new[change.source].append(change)

    def diagnostics(self) -> Iterator[Diagnostic]:
        """E302, E305, E306, W307 and W309, each with the line of the lock as a related place."""
        for change in self.changes:
            yield self._diagnostic(change)

    def recorded(self, unread: frozenset[str]) -> dict[str, Schema]:
        """What the lock is to hold: a source that could not be read, or that has only moved its
        columns about, keeps its entry as it is."""
        before = self.lock.sources
        kept = {name: before[name] for name in unread if name in before}
        same = {
            name: before[name] for name, schema in self.found.items() if schema == before.get(name)
        }
        return {**self.found, **same, **kept}

    def told(self, change: Change) -> Iterator[str]:
        """Lines for people about who reads what has changed."""
        readers, reached = self._touched(change)
        if readers:
            yield "read by " + _listed([reader.words for reader in readers])
        if reached:
            yield "reaches " + _listed(reached)

    def _diagnostic(self, change: Change) -> Diagnostic:
        source, column, file = change.source, change.column, self.lock.file
        match change.kind:
            case "new_source":
                message = f"source `{source}` is not in {file}"
                return self._at_source("E302", change, message, "run `onespec lock` to record it")
            case "stale_source":
                return self._stale(change)
            case "other_table":
                message = f"source `{source}` has none of the columns that {file} has of it"
                told = "; ".join(self.told(change)) or "nothing reads it"
                hint = f"does its path name the right file? {told}"
                return self._at_source("E305", change, message, hint)
            case "gone":
                was = f"it was {change.before}"
                message = f"source `{source}` has no column `{column}` any more ({was})"
                return self._at_use("E305", change, message)
            case "retyped":
                types = f"was {change.before}, and is now {change.after}"
                message = f"column `{column}` of source `{source}` {types}"
                return self._at_use("E306", change, message)
            case "new":
                message = f"source `{source}` has a new column `{column}` ({change.after})"
                return self._at_use("W307", change, message, "warning")

    def _stale(self, change: Change) -> Diagnostic:
        """A source of the lock: the spec has no place for it, unless a library offers it."""
        source, file = change.source, self.lock.file
        at = ("sources", source)
        offered = source in self.spec.sources
        why = "nothing in the spec reads" if offered else "the spec does not have"
        return Diagnostic(
            "W309",
            f"{file} has source `{source}`, which {why}",
            self.lock.span(source),
            severity="warning",
            hint="`onespec lock` drops it",
            related=(Related(f"source `{source}` is declared here", self._graph.key_span(at)),)
            if offered
            else (),
        )

    def _at_source(self, code: str, change: Change, message: str, hint: str) -> Diagnostic:
        span = self._graph.key_span(("sources", change.source))
        return Diagnostic(code, message, span, hint=hint, related=self._locked(change))

    def _at_use(
        self,
        code: str,
        change: Change,
        message: str,
        severity: Severity = "error",
    ) -> Diagnostic:
        """At the first reader of the column, or at the source when nothing reads it."""
        readers, reached = self._touched(change)
        places = [(reader.words, reader.span(self._graph)) for reader in readers[: _PLACES + 1]]
        span = places[0][1] if places else self._graph.key_span(("sources", change.source))
        labels = [f"read by {places[0][0]}"] if places else []
        related = tuple(Related(f"read by {words} here", place) for words, place in places[1:])
        return Diagnostic(
            code,
            message,
            span,
            severity,
            "; ".join([*labels, *self._renamed(change)]),
            _hint(change, [reader.words for reader in readers], reached),
            (*self._locked(change), *related),
        )

    def _locked(self, change: Change) -> tuple[Related, ...]:
        """The line of the lock that says otherwise."""
        there = change.kind in ("gone", "retyped")
        if change.source not in self.lock.sources:
            return ()
        span = self.lock.span(change.source, *((change.column,) if there else ()))
        if span is None:
            return ()
        what = f"`{change.column}`" if there else f"source `{change.source}`"
        return (Related(f"{what} is locked here", span),)

    def _touched(self, change: Change) -> tuple[tuple[Reader, ...], tuple[str, ...]]:
        """What reads the changed columns, and the models and deployments that they reach."""
        whole = self.lock.sources.get(change.source, {})
        if change.kind in ("new_source", "stale_source"):
            return (), ()
        columns = (change.column,) if change.column else tuple(whole)
        readers = self._readers.of(change.source, columns)
        return readers, self._readers.reached(change.source, columns)

    def _renamed(self, change: Change) -> Iterator[str]:
        """A guess: the new column of the same type whose name is close."""
        new = self._new[change.source] if change.kind == "gone" else []
        same = [one.column for one in new if one.after == change.before]
        found = closest(change.column, same) if len(new) <= _NEW else None
        if found is not None:
            yield f"is it `{found}` now?"


def _hint(change: Change, readers: Sequence[str], reached: Sequence[str]) -> str:
    """Which models and deployments a column reaches, and who reads it beside those with places."""
    if not readers:
        return "`onespec lock` records it" if change.kind == "new" else "nothing reads it"
    lists = (("also read by", readers[_PLACES + 1 :]), ("it reaches", reached))
    return "; ".join(f"{words} {_listed(names)}" for words, names in lists if names)


def _graph(
    document: Document,
    spec: Spec,
    lock: Lock,
    found: Mapping[str, Schema],
    environment: str | None,
) -> Graph:
    """The spec over all columns that were or are there: it may be written for either.

    What is wrong with it is told by `check`; here it is bound as far as that goes.
    """
    sources = {
        name: {**found.get(name, {}), **lock.sources.get(name, {})}
        for name in (*lock.sources, *found)
    }
    return bind(document, spec, Lock(lock.file, sources, lock.document), environment)[0]


def _listed(names: Sequence[str]) -> str:
    """`a`, `b` and 3 more."""
    if len(names) > _NAMES + 1:
        return f"{', '.join(names[:_NAMES])} and {len(names) - _NAMES} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
