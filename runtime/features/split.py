"""Which part an example belongs to: train, validation or test."""

import numpy as np
from numpy.typing import NDArray

from ...compiler.plan import Split

PARTS = ("train", "validation", "test")
LEFT_OUT = -1

Ints = NDArray[np.int64]
Parts = NDArray[np.int8]


def split_by_time(times: Ints, split: Split) -> Parts:
    """The place in `PARTS` of each row (n,), or `LEFT_OUT` in a gap. `times` are µs.

    Cut where the shares of the rows end, each cut moved to the first row of its instant: equal
    times are never on both sides. The `gap` is taken from the beginning of the later part.
    """
    parts = np.zeros(len(times), dtype=np.int8)
    if len(times) == 0:
        return parts
    ordered = np.sort(times)
    shares = (split.train, split.validation, split.test)
    for place in (1, 2):
        if shares[place] <= 0:
            continue
        position = round(sum(shares[:place]) * len(times))
        if position >= len(times):
            continue
        cut = ordered[position]
        parts[times >= cut] = place
        if position > 0:
            parts[(times >= cut) & (times < cut + split.gap)] = LEFT_OUT
    return parts


def split_randomly(rows: Ints, split: Split) -> Parts:
    """The place in `PARTS` of each row (n,), by a hash of its source row and the seed.

    A row stays in its part when rows are added to the source after it, or others are left out.
    """
    bounds = np.cumsum([split.train, split.validation])
    # The last part takes the rest, so that rounding of the shares loses no row.
    if split.test <= 0:
        bounds[1:] = 1.0
    if split.test <= 0 and split.validation <= 0:
        bounds[0] = 1.0
    return np.searchsorted(bounds, _uniform(rows, split.seed), side="right").astype(np.int8)


def _uniform(rows: Ints, seed: int) -> NDArray[np.float64]:
    """Numbers in [0, 1) from the finalizer of SplitMix64 (Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        start = _mix(np.array([seed], dtype=np.int64).view(np.uint64))
        mixed = _mix(_mix(rows.astype(np.int64).view(np.uint64)) ^ start)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
