"""Minimum and maximum of any range of rows: a sparse table, one level in memory at a time."""

from typing import Any

import numpy as np

from .arrays import Ints, Numbers
from .windows import Ranges


def range_extremes(values: Numbers, ranges: Ranges, combine: Any) -> Numbers:
    """`combine` (np.fmin, np.maximum, …) over each range of `values` (m,); shape (w, q).

    Where a range is empty the result is any number. A range without its own row is the two halves
    beside it.
    """
    lo = ranges.lo.ravel()
    hi = np.broadcast_to(ranges.hi, ranges.lo.shape).ravel()
    if ranges.own is None:
        return _extremes(values, lo, hi, combine).reshape(ranges.lo.shape)
    own = ranges.own.ravel()
    split = np.flatnonzero(own >= 0)
    result = _extremes(
        values,
        np.concatenate([lo, own[split] + 1]),
        np.concatenate([np.where(own >= 0, own, hi), hi[split]]),
        combine,
    )
    left, right = result[: len(lo)], result[len(lo) :]
    both = combine(left[split], right)
    both = np.where(hi[split] > own[split] + 1, both, left[split])
    left[split] = np.where(own[split] > lo[split], both, right)
    return left.reshape(ranges.lo.shape)


def _extremes(values: Numbers, start: Ints, stop: Ints, combine: Any) -> Numbers:
    """Level l of the table holds the extremes of 2**l rows: two of them cover a range."""
    result = np.zeros(len(start), dtype=values.dtype)
    level = (np.frexp((stop - start).astype(np.float64))[1] - 1).astype(np.int8)
    order = np.argsort(level, kind="stable")
    bounds = np.searchsorted(level[order], np.arange(65))
    table = values
    for depth in range(int(level.max(initial=-1)) + 1):
        asked = order[bounds[depth] : bounds[depth + 1]]
        width = 1 << depth
        result[asked] = combine(table[start[asked]], table[stop[asked] - width])
        table = combine(table[:-width], table[width:])
    return result
