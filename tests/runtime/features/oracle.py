"""Point-in-time semantics as plain loops over rows: slow, and short enough to be believed.

A source row is a dict with `key` (a tuple), `time` (int microseconds or None) and its columns; an
example is a tuple (key, time, own source row or -1).
"""

import math
from fractions import Fraction


class AmbiguousError(Exception):
    """The data has ties that nothing breaks."""


def usable(rows):
    return [
        (number, row)
        for number, row in enumerate(rows)
        if row["time"] is not None and None not in row["key"]
    ]


def in_order(rows, tie_break):
    """The usable rows by time and tie-break (null first); ties within a key are refused."""

    def place(entry):
        value = entry[1][tie_break] if tie_break else 0
        return (entry[1]["time"], value is not None, value or 0)

    ordered = sorted(usable(rows), key=place)
    seen = [(row["key"], place((number, row))) for number, row in ordered]
    if len(set(seen)) < len(seen):
        raise AmbiguousError
    return ordered


def latest(rows, example, *, available_after, ttl, tie_break):
    """The number of the row that answers the example, or None."""
    key, t, own = example
    answer = None
    for number, row in in_order(rows, tie_break):
        if t is None or row["key"] != key or number == own:
            continue
        fresh = ttl is None or row["time"] > t - ttl
        if fresh and row["time"] + available_after <= t:
            answer = number
    return answer


def window(rows, example, *, available_after, width, tie_break=None, ordered=False):
    """The numbers of the rows that the window holds, in order of time where that matters."""
    key, t, own = example
    return [
        number
        for number, row in (in_order(rows, tie_break) if ordered else usable(rows))
        if t is not None
        and row["key"] == key
        and number != own
        and t - width <= row["time"]
        and row["time"] + available_after <= t
    ]


def aggregate(function, rows, numbers, argument, where):
    chosen = [rows[n] for n in numbers if where is None or rows[n][where]]
    if argument is None:
        return len(chosen)
    values = [row[argument] for row in chosen if row[argument] is not None]
    match function:
        case "count":
            return len(values)
        case "variance" | "stddev":
            result = variance(values) if len(values) > 1 else None
            return result if result is None or function == "variance" else math.sqrt(result)
        case _ if not values:
            return None
        case "sum":
            return total(values)
        case "avg":
            return as_float(total(values)) / len(values)
        case "first":
            return values[0]
        case "last":
            return values[-1]
        case "min":
            return min(values, key=nan_last)
        case "max":
            return max(values, key=nan_last)


def total(values):
    if any(isinstance(v, float) and not math.isfinite(v) for v in values):
        return sum(v for v in values if not math.isfinite(v))
    exact = sum(Fraction(v) for v in values)
    return as_float(exact) if isinstance(values[0], float) else int(exact)


def variance(values):
    if not all(math.isfinite(v) for v in values):
        return math.nan
    exact = [Fraction(v) for v in values]
    mean = sum(exact) / len(exact)
    return as_float(sum((v - mean) ** 2 for v in exact) / (len(exact) - 1))


def as_float(exact):
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def nan_last(value):
    return (isinstance(value, float) and math.isnan(value), value)
