"""The distinct questions that a spine asks: features change only at distinct (key, time)."""

from dataclasses import dataclass

import numpy as np

from .arrays import Bools, Ints
from .clock import Clock
from .order import SortedSource, argsort


@dataclass(frozen=True, slots=True)
class Queries:
    """Questions `(keys, times)` of shape (q,), and which of them each spine row asks.

    `own` (q,) is the sorted position of the row that must not be seen, -1 for none, or None where
    no question has one. A key of -1 matches nothing. `inverse` (n,) indexes the questions.
    """

    keys: Ints
    times: Ints
    own: Ints | None
    inverse: Ints


def distinct_queries(
    source: SortedSource,
    keys: Ints,
    times: Ints,
    *,
    key_count: int,
    own_row: Ints | None,
    source_keys: Ints,
    available_after: int,
) -> Queries:
    """Ask once for equal `(key, time)`; rows that would see themselves ask on their own.

    `own_row` (n,) is the source row of each example or -1. Questions come sorted by (key, time), so
    that searches run along the source instead of across it.
    """
    if own_row is None:
        return _deduplicate(keys, times, key_count)
    seen = _sees_itself(
        source,
        keys,
        times,
        own_row=own_row,
        source_keys=source_keys,
        available_after=available_after,
    )
    if not seen.any():
        shared = _along_source(source, keys, times, own_row, source_keys)
        return _deduplicate(keys, times, key_count) if shared is None else shared
    alone = np.flatnonzero(seen)
    own = source.positions(len(source.times))[own_row[alone]]
    alone, own = alone[np.argsort(own)], np.sort(own)
    others = np.flatnonzero(~seen)
    rest = _deduplicate(keys[others], times[others], key_count)
    inverse = np.empty(len(keys), dtype=np.int64)
    inverse[others] = rest.inverse
    inverse[alone] = len(rest.keys) + np.arange(len(alone))
    return Queries(
        keys=np.concatenate([rest.keys, keys[alone]]),
        times=np.concatenate([rest.times, times[alone]]),
        own=np.concatenate([np.full(len(rest.keys), -1, dtype=np.int64), own]),
        inverse=inverse,
    )


def _sees_itself(
    source: SortedSource,
    keys: Ints,
    times: Ints,
    *,
    own_row: Ints,
    source_keys: Ints,
    available_after: int,
) -> Bools:
    """Where the example's own row is available at its time, so that it has to be excluded."""
    if len(source.rows) == 0:
        return np.zeros(len(keys), dtype=np.bool_)
    seen: Bools = source.times[own_row] <= times - available_after
    seen &= (own_row >= 0) & (keys >= 0)
    if seen.any():
        usable = source.positions(len(source.times)) >= 0
        seen &= usable[own_row] & (source_keys[own_row] == keys)
    return seen


def _along_source(
    source: SortedSource, keys: Ints, times: Ints, own_row: Ints, source_keys: Ints
) -> Queries | None:
    """The questions in the order of the source, where the spine is made of source rows."""
    if len(own_row) == 0 or len(source.rows) < len(source.times) or own_row.min() < 0:
        return None
    if not np.array_equal(source_keys[own_row], keys):
        return None
    if not np.array_equal(source.times[own_row], times):
        return None
    starts, group = _groups(source.codes)
    group_of_row = np.empty(len(source.rows), dtype=np.int64)
    group_of_row[source.rows] = group
    rows = source.rows[starts]
    return Queries(source_keys[rows], source.times[rows], None, group_of_row[own_row])


def _deduplicate(keys: Ints, times: Ints, key_count: int) -> Queries:
    clock = Clock.of(times, key_count + 1)
    codes = clock.ticks(times)
    codes += (keys + 1) * (clock.size + 1)
    order, codes = argsort(codes, (key_count + 1) * (clock.size + 1))
    starts, group = _groups(codes)
    inverse = np.empty(len(order), dtype=np.int64)
    inverse[order] = group
    rows = order[starts]
    return Queries(keys[rows], times[rows], None, inverse)


def _groups(codes: Ints) -> tuple[Bools, Ints]:
    """Where a new value starts in sorted codes (n,), and the running number of the value."""
    starts = np.ones(len(codes), dtype=np.bool_)
    np.not_equal(codes[1:], codes[:-1], out=starts[1:])
    return starts, np.cumsum(starts) - 1
