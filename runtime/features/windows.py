"""Trailing windows as ranges of sorted positions: one search for each distinct boundary."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import Ints
from .order import SortedSource
from .queries import Queries

# Questions are answered in blocks whose temporaries stay in the processor's cache.
BLOCK = 1 << 15


@dataclass(frozen=True, slots=True)
class Ranges:
    """The positions [lo, hi) of w windows for q questions.

    `lo` has shape (w, q) and `hi` (q,), as all windows end where the known past ends. `own` (w, q)
    is a position inside the range to leave out, -1 for none, or None where no range has one.
    """

    lo: Ints
    hi: Ints
    own: Ints | None

    def counts(self) -> Ints:
        """The number of rows in each range, without the own row; shape (w, q)."""
        counts = self.hi - self.lo
        if self.own is not None:
            counts -= self.own >= 0
        return counts

    def among(self, before: Ints) -> "Ranges":
        """The same ranges in positions that count only chosen rows.

        `before` (m + 1,) is how many chosen rows precede each position.
        """
        own = None
        if self.own is not None:
            chosen = (self.own >= 0) & (before[self.own + 1] > before[self.own])
            own = np.where(chosen, before[self.own], -1)
        return Ranges(before[self.lo], before[self.hi], own)

    def part(self, questions: slice) -> "Ranges":
        """The ranges of some of the questions."""
        own = None if self.own is None else self.own[:, questions]
        return Ranges(self.lo[:, questions], self.hi[questions], own)


def blocks(count: int, size: int = BLOCK) -> Iterator[slice]:
    """Consecutive slices of at most `size` that cover `count` questions."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def window_ranges(
    source: SortedSource, queries: Queries, *, available_after: int, windows: Sequence[int]
) -> Ranges:
    """The rows with `t - w <= event_time` and `event_time + available_after <= t`, in microseconds.

    A window shorter than `available_after` is empty.
    """
    hi = np.empty(len(queries.keys), dtype=np.int64)
    lo = np.empty((len(windows), len(hi)), dtype=np.int64)
    for some in blocks(len(hi)):
        keys, times = queries.keys[some], queries.times[some]
        hi[some] = source.first_at_or_after(keys, times - available_after + 1)
        for line, window in zip(lo, windows, strict=True):
            np.minimum(source.first_at_or_after(keys, times - window), hi[some], out=line[some])
    own = None
    if queries.own is not None:
        own = np.where((queries.own >= lo) & (queries.own < hi), queries.own, -1)
    return Ranges(lo, hi, own)
