"""Trailing windows as ranges of sorted positions: one search for each distinct boundary."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import Bools, Ints
from .order import SortedSource
from .queries import Queries


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

    def among(self, kept: Bools) -> "Ranges":
        """The same ranges in positions that count only the kept rows; `kept` has shape (m,)."""
        before = np.zeros(len(kept) + 1, dtype=np.int64)
        np.cumsum(kept, out=before[1:])
        own = None
        if self.own is not None:
            own = np.where((self.own >= 0) & np.append(kept, False)[self.own], before[self.own], -1)
        return Ranges(before[self.lo], before[self.hi], own)


def window_ranges(
    source: SortedSource, queries: Queries, *, available_after: int, windows: Sequence[int]
) -> Ranges:
    """The rows with `t - w <= event_time` and `event_time + available_after <= t`, in microseconds.

    A window shorter than `available_after` is empty.
    """
    hi = source.first_at_or_after(queries.keys, queries.times - available_after + 1)
    lo = np.empty((len(windows), len(hi)), dtype=np.int64)
    for line, window in zip(lo, windows, strict=True):
        np.minimum(source.first_at_or_after(queries.keys, queries.times - window), hi, out=line)
    own = None
    if queries.own is not None:
        own = np.where((queries.own >= lo) & (queries.own < hi), queries.own, -1)
    return Ranges(lo, hi, own)
