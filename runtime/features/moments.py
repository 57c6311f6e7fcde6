"""Variance of any range of rows, from the exact sums of values and squares.

`n * S2 - S1**2` is formed in double-double arithmetic; where that cancels more than half of its
digits (a tiny spread around a huge mean), those ranges are done again in unbounded integers.
"""

from collections.abc import Iterator

import numpy as np

from .arrays import Bools, Floats, Ints, Numbers
from .sums import LIMB_BITS, Prefixes, RangeSums, halves, prefixes_of_floats, scaled

Pair = tuple[Floats, Floats]
Part = tuple[Floats, int]

# Outside of these magnitudes a square, or its rounding error, leaves the range of float64; values
# there are scaled by 2**(32 * limbs) first, and their squares counted twice as many limbs away.
LARGE, SMALL = 2.0**480, 2.0**-480
SHRINK, GROW = -24, 26
TRUSTED_SHARE = 2.0**-48
TRUSTED_SIZE = 2.0**-900
SPLITTER = float((1 << 27) + 1)


def prefixes_of_squares(values: Numbers) -> Prefixes:
    """Prefix sums of the exact squares of finite numbers (m,)."""
    return prefixes_of_floats(_squares(values), len(values))


def variances(values: RangeSums, squares: RangeSums, counts: Ints) -> Floats:
    """The sample variance of each range with at least two rows (others: any number)."""
    with np.errstate(all="ignore"):
        result, trusted = _fast(values, squares, counts)
    doubtful = np.nonzero(~trusted & (counts > 1))
    if len(doubtful[0]):
        result[doubtful] = _slow(values, squares, counts, doubtful)
    return result


def _squares(values: Numbers) -> Iterator[Part]:
    if values.dtype.kind == "f":
        yield from _float_squares(values.astype(np.float64))
        return
    low, high = (half.astype(np.float64) for half in halves(values))
    high = scaled(high, LIMB_BITS)
    for a, b in ((low, low), (high, 2 * low), (high, high)):
        for part in two_product(a, b):
            yield part, 0


def _float_squares(values: Floats) -> Iterator[Part]:
    size = np.abs(values)
    ordinary = (size < LARGE) & (size >= SMALL)
    classes = ((ordinary, 0), (size >= LARGE, SHRINK), ((size > 0) & (size < SMALL), GROW))
    for members, limbs in classes:
        if members.any():
            chosen = scaled(np.where(members, values, 0.0), LIMB_BITS * limbs)
            for part in two_product(chosen, chosen):
                yield part, -2 * limbs


def _fast(values: RangeSums, squares: RangeSums, counts: Ints) -> tuple[Floats, Bools]:
    n = counts.astype(np.float64)
    s1, s1_rest = _double_double(values)
    s2, s2_rest = _double_double(squares)
    p, p_rest = two_product(n, s2)
    q, q_rest = two_product(s1, s1)
    spread = (p - q) + ((p_rest + n * s2_rest) - (q_rest + 2 * s1 * s1_rest))
    trusted = np.isfinite(spread) & (spread > TRUSTED_SHARE * p) & (p > TRUSTED_SIZE)
    return spread / (n * (n - 1)), trusted


def _double_double(sums: RangeSums) -> Pair:
    head, tail = np.zeros(sums.shape), np.zeros(sums.shape)
    for k, limb in reversed(list(sums.balanced())):
        head, error = two_sum(head, scaled(limb.astype(np.float64), LIMB_BITS * k))
        tail += error
    return two_sum(head, tail)


def _slow(
    values: RangeSums, squares: RangeSums, counts: Ints, where: tuple[Ints, ...]
) -> list[float]:
    s1, exponent1 = _integers(values, where)
    s2, exponent2 = _integers(squares, where)
    exponent = min(2 * exponent1, exponent2)
    up1, up2 = 2 * exponent1 - exponent, exponent2 - exponent
    return [
        _variance(int(n), a * a << up1, b << up2, exponent)
        for n, a, b in zip(counts[where], s1, s2, strict=True)
    ]


def _integers(sums: RangeSums, where: tuple[Ints, ...]) -> tuple[list[int], int]:
    lowest = min(sums.limbs, default=0)
    totals = [0] * len(where[0])
    for k, limb in sums.limbs.items():
        shift = LIMB_BITS * (k - lowest)
        totals = [t + (part << shift) for t, part in zip(totals, limb[where].tolist(), strict=True)]
    return totals, LIMB_BITS * lowest


def _variance(n: int, s1_squared: int, s2: int, exponent: int) -> float:
    above, below = n * s2 - s1_squared, n * (n - 1)
    try:
        return (above << exponent) / below if exponent >= 0 else above / (below << -exponent)
    except OverflowError:
        return float("inf")


def two_sum(a: Floats, b: Floats) -> Pair:
    """`a + b` rounded, and the rounding error."""
    total = a + b
    back = total - a
    return total, (a - (total - back)) + (b - back)


def two_product(a: Floats, b: Floats) -> Pair:
    """`a * b` rounded, and the rounding error, where neither over- nor underflows."""
    product = a * b
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error


def _split(a: Floats) -> Pair:
    shifted = SPLITTER * a
    high = shifted - (shifted - a)
    return high, a - high
