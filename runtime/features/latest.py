"""The as-of join: the newest row that was known at an instant."""

import numpy as np

from .arrays import Ints
from .order import SortedSource
from .queries import Queries


def latest(
    source: SortedSource, queries: Queries, *, available_after: int, ttl: int | None
) -> Ints:
    """The source row (q,) that answers each question, -1 where there is none.

    The newest row with `event_time + available_after <= t` and, with a ttl, `event_time > t - ttl`,
    and never the example's own row. Durations in microseconds.
    """
    rows = np.full(len(queries.keys), -1, dtype=np.int64)
    if len(source.rows) == 0:
        return rows
    # Strictly before the first row that is too new; times are whole microseconds.
    position = source.first_at_or_after(queries.keys, queries.times - available_after + 1) - 1
    if queries.own is not None:
        position -= (position == queries.own) & (queries.own >= 0)
    oldest = np.full_like(queries.times, source.clock.origin)
    if ttl is not None:
        np.maximum(oldest, queries.times - ttl + 1, out=oldest)
    found = (position >= 0) & (queries.keys >= 0)
    found &= source.codes[position] >= source.code(queries.keys, oldest)
    rows[found] = source.rows[position[found]]
    return rows
