"""Durations, instants, sizes, percentages and schedules as people write them.

Each `parse_…` takes what YAML gave and raises ValueError with a sentence that says what was
expected; each `format_…` writes a value back in the shortest exact way.
"""

import re
from datetime import UTC, datetime, timedelta

from .patterns import INSTANT
from .schedules import parse_schedule
from .suggest import shown

__all__ = [
    "format_duration",
    "format_percentage",
    "format_size",
    "parse_duration",
    "parse_instant",
    "parse_percentage",
    "parse_schedule",
    "parse_size",
]

_DURATION_UNITS = {
    "w": 604_800_000_000,
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
}
_SIZE_UNITS = {
    "PiB": 2**50,
    "TiB": 2**40,
    "GiB": 2**30,
    "MiB": 2**20,
    "KiB": 2**10,
    "PB": 10**15,
    "TB": 10**12,
    "GB": 10**9,
    "MB": 10**6,
    "kB": 10**3,
    "B": 1,
}
_DURATION_WORDS = {
    **dict.fromkeys(("us", "usec", "microsecond", "microseconds", "µs", "μs"), "us"),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("wk", "week", "weeks"), "w"),
}
_INSTANT = re.compile(INSTANT)
_MAX = 2**63 - 1  # what a 64-bit column holds
_PART = re.compile(r"([0-9]{1,19})(?:\.([0-9]{1,6}))?[ ]?([A-Za-zµμ]+)[ ]?")
_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?")
_SHARE = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,12})?) *%")
MAX_LENGTH = 100


def parse_duration(value: object) -> int:
    """Microseconds of a duration such as `90s`, `15m`, `1h30m`, `1.5h`, `7d`, `2w`, `250ms`."""
    expected = "expected a duration such as `90s`, `15m`, `3h`, `1h30m`, `7d` or `2w`"
    text = _text(value, expected, unit_missing="`90s`, `15m` or `7d`")
    total, last = 0, _MAX
    for whole, fraction, unit in _parts(text, expected):
        if unit not in _DURATION_UNITS:
            raise ValueError(_unknown_duration_unit(unit, text))
        scale = _DURATION_UNITS[unit]
        if scale >= last:
            raise ValueError(f"write larger units first and each one once, not {_quoted(text)}")
        total, last = total + _exact(whole, fraction, scale, "microseconds"), scale
    if total > _MAX:
        raise ValueError(f"{_quoted(text)} is longer than 292,000 years")
    return total


def format_duration(microseconds: int) -> str:
    """The canonical text: whole days, or the largest smaller unit that is exact (`36h`, `90s`)."""
    units = (unit for unit in _DURATION_UNITS if unit != "w")
    unit = next(unit for unit in units if microseconds % _DURATION_UNITS[unit] == 0)
    return f"{microseconds // _DURATION_UNITS[unit]}{unit}" if microseconds else "0s"


def parse_instant(value: object) -> int:
    """An instant in ISO 8601 with a zone, as microseconds of UTC since 1970, to the last one.

    Raises ValueError with what was expected.
    """
    if not isinstance(value, str):
        raise ValueError("expected an instant with a zone, such as 2026-01-31T00:00:00Z")
    try:
        instant = datetime.fromisoformat(value)
    except ValueError as error:
        if _INSTANT.fullmatch(value):
            raise ValueError(f"{_quoted(value)} is a day that its month does not have") from None
        raise ValueError(
            f"{_quoted(value)} is not an instant; write one such as 2026-01-31T00:00:00Z"
        ) from error
    if instant.tzinfo is None:
        raise ValueError(f"{_quoted(value)} has no time zone; add `Z` for UTC")
    if not _INSTANT.fullmatch(value):
        raise ValueError(
            f"{_quoted(value)} is not written as 2026-01-31T00:00:00Z, "
            "with a year from 1000 to 2999"
        )
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def parse_size(value: object) -> int:
    """Bytes of a size such as `512MiB`, `4GiB` (powers of 1024) or `2GB` (powers of 1000)."""
    expected = "expected a size such as `512MiB`, `4GiB` or `2GB`"
    text = _text(value, expected, unit_missing="`512MiB` or `4GiB`")
    parts = _parts(text, expected)
    if len(parts) != 1:
        raise ValueError(f"{expected}, not {_quoted(text)}")
    whole, fraction, unit = parts[0]
    if unit not in _SIZE_UNITS:
        raise ValueError(_unknown_size_unit(unit, text))
    size = _exact(whole, fraction, _SIZE_UNITS[unit], "bytes")
    if size > _MAX:
        raise ValueError(f"{_quoted(text)} is larger than 8 EiB")
    return size


def format_size(size: int) -> str:
    """The canonical text: the shortest that is exact, such as `1536MiB` or `2GB`."""
    exact = [unit for unit in _SIZE_UNITS if size % _SIZE_UNITS[unit] == 0]
    return min((f"{size // _SIZE_UNITS[unit]}{unit}" for unit in exact), key=len) if size else "0B"


def parse_percentage(value: object) -> float:
    """A share from 0 to 1, written as `70%` or as the number `0.7`."""
    expected = "expected a share such as `70%` or `0.7`"
    if isinstance(value, str):
        found = _SHARE.fullmatch(value.strip(" ")) if len(value) <= MAX_LENGTH else None
        if found is None:
            raise ValueError(f"{expected}, not {_quoted(value)}")
        share = float(found[1] + "e-2")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        share = float(value) if -1 < value < 1e9 else -1.0
        if 1 < share <= 100:
            raise ValueError(f"{value} is more than the whole; did you mean `{value}%`?")
    else:
        raise ValueError(f"{expected}, not {_quoted(value)}")
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies between `0%` and `100%`, but this is {_quoted(value)}")
    return share


def format_percentage(share: float) -> str:
    """The canonical text: `70%`, with as many decimals as the share needs."""
    text = f"{share * 100:.10f}".rstrip("0").rstrip(".")
    return f"{text}%" if parse_percentage(f"{text}%") == share else repr(share)


def _text(value: object, expected: str, *, unit_missing: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"{_quoted(value)} has no unit; write {unit_missing}")
    if not isinstance(value, str):
        raise ValueError(f"{expected}, not {_quoted(value)}")
    if len(value) > MAX_LENGTH:
        raise ValueError(f"{expected}, not {_quoted(value)}")
    text = value.strip(" ")
    if _NUMBER.fullmatch(text):
        raise ValueError(f"{_quoted(text)} has no unit; write {unit_missing}")
    if text.startswith("-"):
        raise ValueError(f"{expected}, and {_quoted(text)} is negative")
    return text


def _parts(text: str, expected: str) -> list[tuple[str, str, str]]:
    """The (whole, fraction, unit) triples that make up the whole text."""
    parts: list[tuple[str, str, str]] = []
    at = 0
    while at < len(text) and (found := _PART.match(text, at)):
        parts.append((found[1], found[2] or "", found[3]))
        at = found.end()
    if at != len(text) or not parts:
        raise ValueError(f"{expected}, not {_quoted(text)}")
    return parts


def _exact(whole: str, fraction: str, scale: int, smallest: str) -> int:
    parts: int = 10 ** len(fraction)
    amount, remainder = divmod(int(whole + fraction) * scale, parts)
    if remainder:
        raise ValueError(f"`{whole}.{fraction}` of this unit is not a whole number of {smallest}")
    return amount


def _unknown_duration_unit(unit: str, text: str) -> str:
    known = _DURATION_WORDS.get(unit.lower()) or unit.lower()
    if known in _DURATION_UNITS:
        return f"`{shown(unit)}` is not a unit of time; write `{known}`, as in `3{known}`"
    if unit.lower() in ("mo", "month", "months", "y", "yr", "year", "years"):
        return f"months and years differ in length; write days, not {_quoted(text)}"
    return f"`{shown(unit)}` is not a unit of time; the units are w, d, h, m, s, ms and us"


def _unknown_size_unit(unit: str, text: str) -> str:
    folded = {known.lower(): known for known in _SIZE_UNITS}
    for known in (unit.lower(), unit.lower() + "b"):
        if known in folded:
            return f"`{shown(unit)}` is not a unit of size; write `{folded[known]}`"
    units = "B, KiB, MiB, GiB, TiB, PiB, kB, MB, GB, TB and PB"
    return f"{_quoted(text)} has no unit of size; the units are {units}"


def _quoted(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "`true`" if value else "`false`"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case int() if abs(value) >= 10**30:
            return "a huge number"
    return f"`{shown(str(value))}`"
