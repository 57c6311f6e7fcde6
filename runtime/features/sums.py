"""Exact sums of any range of rows, from prefix sums of integers.

A float is split into whole numbers of 2**(32 k), its limbs, whose prefix sums are exact in int64.
A range sum is therefore exact, whatever its neighbours, and rounded once at the end: there is no
drift, and the bits do not depend on the rows outside the window, on their order or on partitions.
Exact for fewer than 2**28 rows in a window.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .arrays import Bools, Floats, Ints, Numbers
from .windows import Ranges

LIMB_BITS = 32
HALF = 1 << (LIMB_BITS - 1)
MASK = (1 << LIMB_BITS) - 1
EXACT_IN_FLOAT = 1 << 53
EXACT_IN_INT = 1 << 62
# Limbs from here on are not carried over: 2**1024 would not be a float, their sum may still be one.
TOP_LIMB = 31

Limbs = dict[int, Ints]


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Prefix sums (m + 1,) of each limb; `bound` is at least any range's |limb sum|."""

    limbs: Limbs
    bound: int

    def over(self, ranges: Ranges) -> "RangeSums":
        """The exact sums of the ranges."""
        sums = {k: difference(prefix, ranges) for k, prefix in sorted(self.limbs.items())}
        return RangeSums(sums, self.bound, ranges.lo.shape)


@dataclass(frozen=True, slots=True)
class RangeSums:
    """Exact sums of shape `shape`: the sum over k of `limbs[k] * 2**(32 k)`."""

    limbs: Limbs
    bound: int
    shape: tuple[int, ...]

    def to_float(self) -> Floats:
        """The sums as float64, within one unit in the last place; infinite beyond its range."""
        if len(self.limbs) == 1 and self.bound < EXACT_IN_FLOAT:
            ((k, limb),) = self.limbs.items()
            return scaled(limb.astype(np.float64), LIMB_BITS * k)
        total = np.zeros(self.shape)
        with np.errstate(over="ignore"):
            for k, limb in self.balanced():
                total += scaled(limb.astype(np.float64), LIMB_BITS * k)
        return total

    def to_int(self) -> tuple[Ints, Bools | None]:
        """The sums of integers modulo 2**64, and where they do not fit int64 (None: nowhere)."""
        low = self.limbs.get(0)
        if low is None:
            return np.zeros(self.shape, dtype=np.int64), None
        if 1 not in self.limbs:
            return low, None
        high = self.limbs[1] + (low >> LIMB_BITS)
        return (high << LIMB_BITS) + (low & MASK), (high < -HALF) | (high >= HALF)

    def balanced(self) -> Iterable[tuple[int, Ints]]:
        """The one form of each sum with limbs in [-2**31, 2**31), the lowest first.

        Without opposite signs of like size, adding the limbs as floats cannot cancel.
        """
        pending = dict(self.limbs)
        while pending:
            k = min(pending)
            limb = pending.pop(k)
            carry = (limb + HALF) >> LIMB_BITS
            if k < TOP_LIMB and carry.any():
                pending[k + 1] = pending[k + 1] + carry if k + 1 in pending else carry
                limb = limb - (carry << LIMB_BITS)
            yield k, limb


def difference(prefix: Ints, ranges: Ranges) -> Ints:
    """The sum over each range (w, q), from prefix sums (m + 1,)."""
    sums: Ints = prefix[ranges.hi] - prefix[ranges.lo]
    if ranges.own is not None:
        own = np.where(ranges.own >= 0, prefix[ranges.own + 1] - prefix[ranges.own], 0)
        sums -= own
    return sums


def scaled(values: Floats, exponent: int) -> Floats:
    """`values * 2**exponent`, in two steps where the power itself is not a normal float."""
    if abs(exponent) <= 1000:
        return values if exponent == 0 else values * 2.0**exponent
    half = exponent // 2
    return values * 2.0**half * 2.0 ** (exponent - half)


def prefixes_of_floats(parts: Iterable[tuple[Floats, int]], rows: int) -> Prefixes:
    """Prefix sums of finite floats (m,); each part counts `2**(32 offset)` times its value."""
    limbs: Limbs = {}
    for values, offset in parts:
        for k, limb in split_floats(values):
            limbs[k + offset] = limbs[k + offset] + limb if k + offset in limbs else limb
    bound = max((int(np.abs(limb).max()) for limb in limbs.values()), default=0) * rows
    return Prefixes({k: running(limb) for k, limb in limbs.items()}, bound)


def prefixes_of_ints(values: Numbers) -> Prefixes:
    """Prefix sums of integers (m,) of any width."""
    if values.size == 0:
        return Prefixes({}, 0)
    bound = max(int(values.max()), -int(values.min())) * len(values)
    if bound < EXACT_IN_INT:
        return Prefixes({0: running(values)}, bound)
    low, high = halves(values)
    return Prefixes({0: running(low), 1: running(high)}, bound)


def halves(values: Numbers) -> tuple[Ints, Ints]:
    """Integers as `low + 2**32 * high` with a low half in [0, 2**32)."""
    wide = values if values.dtype == np.uint64 else values.astype(np.int64, copy=False)
    low = wide & wide.dtype.type(MASK)
    high = wide >> wide.dtype.type(LIMB_BITS)
    return low.astype(np.int64), high.astype(np.int64)


def split_floats(values: Floats) -> Iterable[tuple[int, Ints]]:
    """The non-zero limbs of finite floats, the highest first: `sum(limb * 2**(32 k)) == values`."""
    rest = values
    largest = _largest(rest)
    while largest > 0.0:
        k = (int(np.frexp(largest)[1]) - 1) // LIMB_BITS
        whole = np.trunc(scaled(rest, -LIMB_BITS * k))
        yield k, whole.astype(np.int64)
        rest = rest - scaled(whole, LIMB_BITS * k)
        largest = _largest(rest)


def _largest(values: Floats) -> float:
    return max(float(values.max()), -float(values.min())) if values.size else 0.0


def running(values: Numbers) -> Ints:
    """Prefix sums (m + 1,) of integers or booleans (m,): `prefix[i]` is the sum before i."""
    prefix = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=prefix[1:])
    return prefix
