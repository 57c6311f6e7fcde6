"""The aggregates over windows: which rows count, and what is computed of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from .arrays import Bools, Floats, Ints, Numbers, combined, to_nullable, to_rank
from .errors import PointInTimeError
from .extremes import range_extremes
from .moments import prefixes_of_squares, variances
from .sums import (
    Prefixes,
    RangeSums,
    difference,
    prefixes_of_floats,
    prefixes_of_ints,
    running,
)
from .windows import Ranges, blocks


@dataclass(frozen=True, slots=True)
class Result:
    """Values (w, q) of one aggregate, null where `missing`.

    With a `source` the values are positions in that Arrow array, which holds the results.
    """

    values: Numbers
    missing: Bools | None
    source: Any = None

    def room_for(self, shape: tuple[int, ...]) -> "Result":
        """A result of this kind for all questions, still to be filled."""
        missing = None if self.missing is None else np.empty(shape, dtype=np.bool_)
        return Result(np.empty(shape, dtype=self.values.dtype), missing, self.source)

    def put(self, questions: slice, part: "Result") -> None:
        """Fill in the answers of some questions."""
        self.values[:, questions] = part.values
        if self.missing is not None:
            self.missing[:, questions] = part.missing


class Members:
    """The rows of a source that an aggregate counts: those that pass the filter and are not null.

    What several aggregates of one argument share is computed once, when first asked for.
    """

    def __init__(self, rows: Ints, kept: Bools | None, column: Any) -> None:
        """Restrict sorted source `rows` (m,) to the `kept` (m,) ones."""
        self.rows = rows if kept is None else rows[kept]
        self.before = None if kept is None else running(kept)
        self.column = column

    @cached_property
    def numbers(self) -> Numbers:
        """The argument's values in sorted order; raises PointInTimeError if it is no number."""
        if self.column is None or not _is_number(self.column.type):
            kind = None if self.column is None else self.column.type
            raise PointInTimeError(f"a number is needed, and the argument is {kind}")
        return to_nullable(self.column).values[self.rows]

    @cached_property
    def special(self) -> list[Ints]:
        """Running counts (m + 1,) of NaN, +inf and -inf; empty where the column has none."""
        if self.numbers.dtype.kind != "f" or np.isfinite(self.numbers).all():
            return []
        return [running(test(self.numbers)) for test in (np.isnan, np.isposinf, np.isneginf)]

    @cached_property
    def finite(self) -> Numbers:
        """The numbers, with 0 for NaN and infinities, which are counted apart."""
        if self.numbers.dtype.kind != "f":
            return self.numbers
        numbers = self.numbers.astype(np.float64, copy=False)
        return np.where(np.isfinite(numbers), numbers, 0.0) if self.special else numbers

    @cached_property
    def prefixes(self) -> Prefixes:
        """The prefix sums of the finite numbers."""
        if self.numbers.dtype.kind == "f":
            return prefixes_of_floats([(self.finite, 0)], len(self.rows))
        return prefixes_of_ints(self.numbers)

    @cached_property
    def squares(self) -> Prefixes:
        """The prefix sums of their squares."""
        return prefixes_of_squares(self.finite)


class Block:
    """Some questions about the members, and what several aggregates share of the answers."""

    def __init__(self, members: Members, ranges: Ranges) -> None:
        """Narrow ranges of all sorted rows to the members."""
        self.members = members
        self.ranges = ranges if members.before is None else ranges.among(members.before)

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
    def special(self) -> list[Bools]:
        """Where a range holds NaN, +inf and -inf; empty where the column has none."""
        return [difference(before, self.ranges) > 0 for before in self.members.special]

    @cached_property
    def sums(self) -> RangeSums:
        """The exact sums of the finite numbers."""
        return self.members.prefixes.over(self.ranges)

    @cached_property
    def float_sums(self) -> Floats:
        """The sums as floats, NaN and infinities included."""
        total = self.sums.to_float()
        if self.special:
            nan, positive, negative = self.special
            total = np.where(positive, np.inf, np.where(negative, -np.inf, total))
            total[nan | (positive & negative)] = np.nan
        return total

    @cached_property
    def variances(self) -> Floats:
        """The sample variances; NaN where a range holds NaN or an infinity."""
        result = variances(self.sums, self.members.squares.over(self.ranges), self.counts)
        for held in self.special:
            result[held] = np.nan
        return result


def select(rows: Ints, column: Any | None, where: Bools | None) -> Members:
    """The members of an aggregate among sorted source `rows` (m,); `where` (n,) is its filter.

    Rows with a null argument are left out; `count()` has no argument and counts rows.
    """
    array = None if column is None else combined(column)
    if array is not None and pa.types.is_null(array.type):
        array = array.cast(pa.float64())
    kept = where
    if array is not None and array.null_count:
        valid = array.is_valid().to_numpy(zero_copy_only=False)
        kept = valid if where is None else valid & where
    return Members(rows, None if kept is None else kept[rows], array)


def aggregate(functions: Sequence[str], members: Members, ranges: Ranges) -> dict[str, Result]:
    """The aggregates over every range; null skipped, and null (or a count of 0) for no rows."""
    results: dict[str, Result] = {}
    small = [f for f in functions if f not in WHOLE]
    for some in blocks(len(ranges.hi)):
        block = Block(members, ranges.part(some))
        for function in small:
            part = FUNCTIONS[function](block)
            if function not in results:
                results[function] = part.room_for(ranges.lo.shape)
            results[function].put(some, part)
    large = [f for f in functions if f not in results]
    if large:
        whole = Block(members, ranges)
        results |= {function: FUNCTIONS[function](whole) for function in large}
    return results


def _count(block: Block) -> Result:
    return Result(block.counts, None)


def _sum(block: Block) -> Result:
    if block.members.numbers.dtype.kind == "f":
        return Result(block.float_sums, block.empty)
    total, overflow = block.sums.to_int()
    if overflow is not None and overflow.any():
        raise PointInTimeError("a sum of integers exceeds int64: cast its argument to double")
    return Result(total, block.empty)


def _avg(block: Block) -> Result:
    return Result(block.float_sums / np.maximum(block.counts, 1), block.empty)


def _variance(block: Block) -> Result:
    return Result(block.variances, block.counts < 2)


def _stddev(block: Block) -> Result:
    with np.errstate(invalid="ignore"):
        return Result(np.sqrt(block.variances), block.counts < 2)


def _min(block: Block) -> Result:
    return _extreme(block, np.fmin)


def _max(block: Block) -> Result:
    return _extreme(block, np.maximum)


def _extreme(block: Block, combine: Any) -> Result:
    """NaN counts as greater than every number, as in SQL: fmin avoids it, maximum keeps it."""
    members = block.members
    column = members.column
    if _is_number(column.type) and not pa.types.is_boolean(column.type):
        values = range_extremes(members.numbers, block.ranges, combine)
        return Result(values, block.empty)
    rank, by_rank = to_rank(column)
    positions = range_extremes(rank.values[members.rows], block.ranges, combine)
    return Result(positions, block.empty, by_rank)


def _first(block: Block) -> Result:
    return _edge(block, block.ranges.lo, 1)


def _last(block: Block) -> Result:
    return _edge(block, np.broadcast_to(block.ranges.hi - 1, block.ranges.lo.shape), -1)


def _edge(block: Block, end: Ints, step: Literal[1, -1]) -> Result:
    """The member at one end of each range, stepping over the own row."""
    position = end.copy()
    if block.ranges.own is not None:
        position += step * (position == block.ranges.own)
    position[block.empty] = 0
    rows = block.members.rows
    return Result(rows[position] if len(rows) else position, block.empty, block.members.column)


def _is_number(kind: Any) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    )


FUNCTIONS: dict[str, Callable[[Block], Result]] = {
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
# A sparse table is made for all questions at once.
WHOLE = frozenset({"min", "max"})
ORDERED = frozenset({"first", "last"})
NEEDS_ARGUMENT = frozenset(FUNCTIONS) - {"count"}
