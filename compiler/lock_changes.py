"""Schemas that were locked, schemas that are there: what changed between them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ..specs.render.visible import visible
from ..specs.types import DataType
from .lock import Schema

ChangeKind = Literal["new_source", "stale_source", "other_table", "gone", "retyped", "new"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `column` is empty where it is about a source as a whole.

    `other_table` is a source that has kept none of its columns: most likely another file.
    """

    kind: ChangeKind
    source: str
    column: str = ""
    before: DataType | None = None
    after: DataType | None = None

    def __str__(self) -> str:
        """A line for people, as `onespec lock` prints it."""
        source, name = visible(self.source), visible(f"{self.source}.{self.column}")
        match self.kind:
            case "new_source":
                return f"+ source {source}"
            case "stale_source":
                return f"- source {source}, which the spec does not need"
            case "other_table":
                return f"~ source {source} has other columns altogether"
            case "gone":
                return f"- {name} (was {self.before})"
            case "retyped":
                return f"~ {name}: {self.before} → {self.after}"
            case "new":
                return f"+ {name} ({self.after})"


def lock_changes(
    locked: Mapping[str, Schema], found: Mapping[str, Schema], unread: frozenset[str] = frozenset()
) -> tuple[Change, ...]:
    """What changed, by source in the order of the spec; empty when nothing did.

    `unread` are sources of the spec that could not be read: nothing is known of their schema. The
    order of columns is no difference.
    """
    changes: list[Change] = []
    for name, after in found.items():
        before = locked.get(name)
        changes += [Change("new_source", name)] if before is None else _columns(name, before, after)
    stale = sorted(locked.keys() - found.keys() - unread)
    return (*changes, *(Change("stale_source", name) for name in stale))


def _columns(source: str, before: Schema, after: Schema) -> Iterator[Change]:
    if before and not before.keys() & after.keys():
        yield Change("other_table", source)
        return
    for column, kind in before.items():
        if column not in after:
            yield Change("gone", source, column, before=kind)
        elif after[column] != kind:
            yield Change("retyped", source, column, kind, after[column])
    for column, kind in after.items():
        if column not in before:
            yield Change("new", source, column, after=kind)
