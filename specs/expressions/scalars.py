"""What Python's arithmetic would refuse or do otherwise: functions of plain values, all total."""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from .functions import INT_MAX, INT_MIN

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def divide_by_zero(a: float, b: float) -> float:
    """a / b for b = ±0.0, as IEEE 754 says."""
    if a == 0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def quotient(a: int, b: int) -> int | None:
    """Integer quotient, truncated toward zero; null by zero and beyond 64 bits."""
    if b == 0:
        return None
    result = abs(a) // abs(b)
    result = result if (a < 0) == (b < 0) else -result
    return result if result <= INT_MAX else None


def remainder(a: int, b: int) -> int | None:
    """Remainder with the sign of a; null by zero."""
    if b == 0:
        return None
    result = abs(a) % abs(b)
    return -result if a < 0 else result


def floor(x: float) -> float:
    """The next whole number below, with the sign of a zero kept."""
    return math.copysign(float(math.floor(x)), x) if math.isfinite(x) else x


def ceil(x: float) -> float:
    """The next whole number above, with the sign of a zero kept."""
    return math.copysign(float(math.ceil(x)), x) if math.isfinite(x) else x


def round_(x: float) -> float:
    """The nearest whole number, halves away from zero."""
    if not math.isfinite(x):
        return x
    size = abs(x)
    whole = float(math.floor(size))
    return math.copysign(whole + 1.0 if size - whole >= 0.5 else whole, x)


def round_to(x: float, decimals: int) -> float:
    """The same after scaling with a power of ten; unchanged where scaling leaves the range."""
    scale = 10.0**decimals
    result = round_(x * scale) / scale
    return result if math.isfinite(result) else x


def truncate(x: float) -> int | None:
    """Toward zero; null for NaN and beyond 64 bits."""
    if not math.isfinite(x):
        return None
    result = int(x)
    return result if INT_MIN <= result <= INT_MAX else None


def sign(x: float) -> int:
    """-1, 0 or 1; 0 for NaN."""
    return (x > 0) - (x < 0)


def ln(x: float) -> float:
    """Natural logarithm; minus infinity at zero, NaN below."""
    return math.log(x) if x > 0 else _log_edge(x)


def log10(x: float) -> float:
    """Decimal logarithm; minus infinity at zero, NaN below."""
    return math.log10(x) if x > 0 else _log_edge(x)


def log2(x: float) -> float:
    """Binary logarithm; minus infinity at zero, NaN below."""
    return math.log2(x) if x > 0 else _log_edge(x)


def _log_edge(x: float) -> float:
    return -math.inf if x == 0 else math.nan


def exp(x: float) -> float:
    """e to the power of x; infinite beyond the range."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def sqrt(x: float) -> float:
    """Square root; NaN below zero, -0.0 of -0.0."""
    return math.sqrt(x) if x >= 0 else math.nan


def power(a: float, b: float) -> float:
    """a to the power of b, as C's pow."""
    try:
        return math.pow(a, b)
    except ValueError:
        if a != 0:
            return math.nan
        return math.copysign(math.inf, a) if math.fmod(b, 2.0) in (1.0, -1.0) else math.inf
    except OverflowError:
        return -math.inf if a < 0 and math.fmod(b, 2.0) in (1.0, -1.0) else math.inf


def sin(x: float) -> float:
    """Sine of radians; NaN of infinity."""
    return math.sin(x) if math.isfinite(x) else math.nan


def cos(x: float) -> float:
    """Cosine of radians; NaN of infinity."""
    return math.cos(x) if math.isfinite(x) else math.nan


_LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}
_UPPER = {c + 32: c for c in _LOWER}


def lower(text: str) -> str:
    """ASCII letters in lower case."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def upper(text: str) -> str:
    """ASCII letters in upper case."""
    return text.upper() if text.isascii() else text.translate(_UPPER)


def matcher(pattern: str) -> Callable[[str], object]:
    """A test for a LIKE pattern: % is any text, _ any code point, all else is itself.

    Each piece between two % is taken at its first occurrence for good (an atomic group), so that
    the time stays within length of text times length of pattern.
    """
    pieces = ["".join("." if c == "_" else re.escape(c) for c in p) for p in pattern.split("%")]
    first, *rest = pieces
    if not rest:
        return re.compile(first, re.DOTALL).fullmatch
    inner = "".join(f"(?>.*?{piece})" for piece in rest[:-1] if piece)
    return re.compile(f"{first}{inner}.*{rest[-1]}", re.DOTALL).fullmatch


def later(moment: datetime, distance: timedelta) -> datetime | None:
    """Null beyond the year 9999."""
    try:
        return moment + distance
    except OverflowError:
        return None


def earlier(moment: datetime, distance: timedelta) -> datetime | None:
    """Null before the year 1."""
    try:
        return moment - distance
    except OverflowError:
        return None


def midnight(day: date) -> datetime:
    """The first instant of a day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def day_of_year(moment: datetime) -> int:
    """From 1."""
    return moment.toordinal() - date(moment.year, 1, 1).toordinal() + 1


def epoch(moment: datetime) -> float:
    """Seconds since 1970: the whole microseconds, divided as floats."""
    return float((moment - _EPOCH) // _MICROSECOND) / 1e6


def _beginnings(seconds: int) -> Callable[[datetime], int]:
    unit = timedelta(seconds=seconds)
    return lambda moment: (moment - _EPOCH) // unit


_COUNTERS: dict[str, Callable[[datetime], int]] = {
    "year": lambda moment: moment.year,
    "month": lambda moment: 12 * moment.year + moment.month,
    "day": lambda moment: moment.toordinal(),
    "hour": _beginnings(3600),
    "minute": _beginnings(60),
    "second": _beginnings(1),
}


def differ(unit: str) -> Callable[[datetime, datetime], int]:
    """How many beginnings of a unit lie between two instants."""
    count = _COUNTERS[unit]
    return lambda a, b: count(b) - count(a)
