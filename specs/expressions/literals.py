"""Texts of numbers, timestamps, dates and intervals, with one strict grammar each."""

import re
from datetime import UTC, date, datetime

from .functions import INT_MAX, INT_MIN, INTERVAL_UNITS, TIMESTAMP_MAX, TIMESTAMP_MIN

INT_TEXT = r"[+-]?[0-9]{1,30}"
FLOAT_TEXT = r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,9})?"
_YEAR = r"([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?"
DATE_TEXT = _YEAR + r"-[0-9]{2}-[0-9]{2}"
TIMESTAMP_TEXT = f"{DATE_TEXT}([ T]{_TIME})?"
"""The texts that `cast` accepts, as patterns that Python and RE2 read alike."""

_INT, _FLOAT, _DATE, _TIMESTAMP, _NUMBER = (
    re.compile(p) for p in (INT_TEXT, FLOAT_TEXT, DATE_TEXT, TIMESTAMP_TEXT, "[0-9]{1,12}")
)


def to_int(text: str) -> int | None:
    """The integer that a text says, or None if it says none or one beyond 64 bits."""
    if _INT.fullmatch(text) is None:
        return None
    value = int(text)
    return value if INT_MIN <= value <= INT_MAX else None


def to_float(text: str) -> float | None:
    """The float nearest to the decimal that a text says; infinite beyond the range."""
    return float(text) if _FLOAT.fullmatch(text) else None


def to_date(text: str) -> date | None:
    """The day that YYYY-MM-DD says, or None if there is no such day."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def to_timestamp(text: str) -> datetime | None:
    """The instant in UTC that YYYY-MM-DD HH:MM:SS[.ffffff] says; a bare day is its midnight."""
    day = to_date(text[:10])
    if day is None or _TIMESTAMP.fullmatch(text) is None:
        return None
    micros = int(text[20:].ljust(6, "0")) if len(text) > 19 else 0
    hour, minute, second = (int(text[i : i + 2] or 0) for i in (11, 14, 17))
    return datetime(day.year, day.month, day.day, hour, minute, second, micros, tzinfo=UTC)


def to_interval(number: str, unit: str) -> int | None:
    """Microseconds of a whole number of units of fixed length, within the range of timestamps."""
    size = INTERVAL_UNITS.get(unit.lower().removesuffix("s"))
    if size is None or _NUMBER.fullmatch(number) is None:
        return None
    micros = int(number) * size
    return micros if micros <= TIMESTAMP_MAX - TIMESTAMP_MIN else None
