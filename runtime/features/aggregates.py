"""The aggregates over windows: which rows count, and what is computed of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from .arrays import Bools, Floats, Ints, Numbers, combined, to_nullable, to_rank
from .errors import PointInTimeError
from .extremes import range_extremes
from .moments import prefixes_of_squares, variances
from .sums import RangeSums, difference, prefixes_of_floats, prefixes_of_ints
from .windows import Ranges

SPECIAL_VALUES = (np.isnan, np.isposinf, np.isneginf)


@dataclass(frozen=True, slots=True)
class Result:
    """Values (w, q) of one aggregate, null where `missing`.

    With a `source` the values are positions in that Arrow array, which holds the results.
    """

    values: Numbers
    missing: Bools | None
    source: Any = None


class Members:
    """The rows of a source that an aggregate counts: those that pass the filter and are not null.

    Everything that several aggregates of one argument share is computed once, when first asked for.
    """

    def __init__(self, rows: Ints, ranges: Ranges, kept: Bools | None, column: Any) -> None:
        """Restrict sorted source `rows` (m,) and their ranges to the `kept` (m,) ones."""
        self.rows = rows if kept is None else rows[kept]
        self.ranges = ranges if kept is None else ranges.among(kept)
        self.column = column

    @cached_property
    def counts(self) -> Ints:
        """How many members each range holds; shape (w, q)."""
        return self.ranges.counts()

    @cached_property
    def empty(self) -> Bools:
        """Where a range holds no member."""
        empty: Bools = self.counts == 0
        return empty

    @cached_property
    def numbers(self) -> Numbers:
        """The argument's values in sorted order; raises PointInTimeError if it is no number."""
        if self.column is None or not _is_number(self.column.type):
            kind = None if self.column is None else self.column.type
            raise PointInTimeError(f"a number is needed, and the argument is {kind}")
        return to_nullable(self.column).values[self.rows]

    @cached_property
    def finite(self) -> Numbers:
        """The numbers, with 0 for NaN and infinities, which are counted apart."""
        if self.numbers.dtype.kind != "f":
            return self.numbers
        numbers = self.numbers.astype(np.float64, copy=False)
        return np.where(np.isfinite(numbers), numbers, 0.0) if self.special else numbers

    @cached_property
    def special(self) -> list[Ints]:
        """How many NaN, +inf and -inf each range holds; empty where the column has none."""
        if self.numbers.dtype.kind != "f" or np.isfinite(self.numbers).all():
            return []
        counts = []
        for test in SPECIAL_VALUES:
            prefix = np.zeros(len(self.numbers) + 1, dtype=np.int64)
            np.cumsum(test(self.numbers), out=prefix[1:])
            counts.append(difference(prefix, self.ranges))
        return counts

    @cached_property
    def sums(self) -> RangeSums:
        """The exact sums of the finite numbers."""
        if self.numbers.dtype.kind == "f":
            prefixes = prefixes_of_floats([(self.finite, 0)], len(self.rows))
        else:
            prefixes = prefixes_of_ints(self.numbers)
        return prefixes.over(self.ranges)

    @cached_property
    def float_sums(self) -> Floats:
        """The sums as floats, NaN and infinities included."""
        total = self.sums.to_float()
        if self.special:
            nan, positive, negative = (count > 0 for count in self.special)
            total = np.where(positive, np.inf, np.where(negative, -np.inf, total))
            total[nan | (positive & negative)] = np.nan
        return total

    @cached_property
    def variances(self) -> Floats:
        """The sample variances; NaN where a range holds NaN or an infinity."""
        squares = prefixes_of_squares(self.finite).over(self.ranges)
        result = variances(self.sums, squares, self.counts)
        for count in self.special:
            result[count > 0] = np.nan
        return result


def select(
    rows: Ints, ranges: Ranges, column: Any, where: Bools | None, *, argument: bool
) -> Members:
    """The members of an aggregate over sorted source `rows` (m,); `where` has the source's shape.

    Rows with a null argument are left out, except for `count()`, which has none.
    """
    array = combined(column) if argument else None
    if array is not None and pa.types.is_null(array.type):
        array = array.cast(pa.float64())
    kept = where
    if array is not None and array.null_count:
        valid = array.is_valid().to_numpy(zero_copy_only=False)
        kept = valid if where is None else valid & where
    return Members(rows, ranges, None if kept is None else kept[rows], array)


def aggregate(function: str, members: Members) -> Result:
    """One aggregate over every range; null skipped, and null (or a count of 0) for no rows."""
    return FUNCTIONS[function](members)


def _count(members: Members) -> Result:
    return Result(members.counts, None)


def _sum(members: Members) -> Result:
    if members.numbers.dtype.kind == "f":
        return Result(members.float_sums, members.empty)
    total, overflow = members.sums.to_int()
    if overflow is not None and overflow.any():
        raise PointInTimeError("a sum of integers exceeds int64: cast its argument to double")
    return Result(total, members.empty)


def _avg(members: Members) -> Result:
    return Result(members.float_sums / np.maximum(members.counts, 1), members.empty)


def _variance(members: Members) -> Result:
    return Result(members.variances, members.counts < 2)


def _stddev(members: Members) -> Result:
    with np.errstate(invalid="ignore"):
        return Result(np.sqrt(members.variances), members.counts < 2)


def _min(members: Members) -> Result:
    return _extreme(members, np.fmin)


def _max(members: Members) -> Result:
    return _extreme(members, np.maximum)


def _extreme(members: Members, combine: Any) -> Result:
    """NaN counts as greater than every number, as in SQL: fmin avoids it, maximum keeps it."""
    column = members.column
    if column is not None and _is_number(column.type) and not pa.types.is_boolean(column.type):
        values = range_extremes(members.numbers, members.ranges, combine)
        return Result(values, members.empty)
    rank, by_rank = to_rank(column)
    positions = range_extremes(rank.values[members.rows], members.ranges, combine)
    return Result(positions, members.empty, by_rank)


def _first(members: Members) -> Result:
    return _edge(members, "first")


def _last(members: Members) -> Result:
    return _edge(members, "last")


def _edge(members: Members, side: Literal["first", "last"]) -> Result:
    """The first or last member of each range, stepping over the own row."""
    ranges = members.ranges
    if side == "first":
        position = ranges.lo.copy()
        step = 1
    else:
        position = np.broadcast_to(ranges.hi - 1, ranges.lo.shape).copy()
        step = -1
    if ranges.own is not None:
        position += step * (position == ranges.own)
    position[members.empty] = 0
    rows = members.rows[position] if len(members.rows) else position
    return Result(rows, members.empty, members.column)


def _is_number(kind: Any) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    )


FUNCTIONS: dict[str, Callable[[Members], Result]] = {
    "count": _count,
    "sum": _sum,
    "avg": _avg,
    "min": _min,
    "max": _max,
    "variance": _variance,
    "stddev": _stddev,
    "first": _first,
    "last": _last,
}
ORDERED = frozenset({"first", "last"})
NEEDS_ARGUMENT = frozenset(FUNCTIONS) - {"count"}
