"""When a thing is known, and who says so: the durations that the rules of time compute with.

Everything here counts microseconds from the event of a row.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ..specs.document import Path
from ..specs.scalars import format_duration
from ..specs.sections.sources import ROWS, Source


@dataclass(frozen=True, slots=True)
class Known:
    """How long after its event a thing is known.

    `at` is the place in the spec that says so and `what` the thing that it speaks of; both are
    empty where nothing says it, and the thing is taken to be known at once.
    """

    after: int
    at: Path = ()
    what: str = ""

    def __str__(self) -> str:
        when = f"{format_duration(self.after)} after its event" if self.after else "at its event"
        return f"{self.what or 'it'} is known {when}"


AT_ONCE = Known(0)


def column_known(name: str, source: Source, column: str) -> Known:
    """When a column of the source `name` is known: as declared for it, else for its rows."""
    for key, what in ((column, f"`{column}`"), (ROWS, f"a row of `{name}`")):
        after = source.available_after.get(key)
        if after is not None:
            return Known(after, ("sources", name, "available_after", key), what)
    return AT_ONCE


def rows_known(name: str, source: Source) -> Known:
    """When the rows of a source arrive."""
    return column_known(name, source, ROWS)


def all_known(name: str, source: Source, columns: Iterable[str]) -> Known:
    """When the last of the columns is known; of two that tie, the first by name is the reason."""
    if not source.available_after:
        return AT_ONCE
    return latest(column_known(name, source, column) for column in sorted(columns))


def latest(known: Iterable[Known]) -> Known:
    """The last to be known: what is made of several things waits for all of them."""
    return max(known, key=lambda one: one.after, default=AT_ONCE)


def uncovered(period: int, covered: int) -> float:
    """The share of each period that lies outside of its covered part; both in microseconds."""
    return max(0.0, 1 - max(0, covered) / period) if period else 0.0


def share(part: float) -> str:
    """A share for a message: never 0% of what exists, never 100% of what is not all."""
    if part >= 1:
        return "100%"
    return f"{min(99, max(1, round(part * 100)))}%"
