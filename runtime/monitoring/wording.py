"""Numbers, shares, instants and durations as people read them; the same text on every machine."""

from datetime import UTC, datetime

HOUR = 3_600_000_000
DAY = 24 * HOUR


def number(value: float | None, digits: int = 3) -> str:
    """A few significant digits, with thousands separated: `0.0125`, `15.6`, `336,776`."""
    if value is None:
        return "–"
    if abs(value) >= 1e7 or 0 < abs(value) < 1e-4:
        return f"{value:.{digits - 1}e}"
    if abs(value) >= 1000 or float(value).is_integer():
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    return f"{float(text):,.0f}" if "e" in text else text


def fixed(value: float | None, places: int = 2) -> str:
    """A fixed number of decimals, so that numbers in a column line up."""
    return "–" if value is None else f"{value:.{places}f}"


def metric(value: float | None) -> str:
    """A metric: three decimals, or as many digits where it is large."""
    return number(value) if value is None or abs(value) >= 10 else f"{value:.3f}"


def percent(share: float | None) -> str:
    """A share as a percentage, with a decimal only below ten."""
    if share is None:
        return "–"
    hundred = share * 100
    if 0 < abs(hundred) < 0.1:
        return "<0.1%"
    text = f"{hundred:.1f}" if abs(hundred) < 10 else f"{hundred:.0f}"
    return f"{text.removesuffix('.0')}%"


def count(value: int, noun: str) -> str:
    """`1 row`, `2,310 rows`."""
    return f"{value:,} {noun}{'' if value == 1 else 's'}"


def seconds(value: float | None) -> str:
    """A latency: `850 µs`, `12.4 ms`, `1.52 s`."""
    if value is None:
        return "–"
    if value < 1e-3:
        return f"{value * 1e6:.0f} µs"
    return f"{value * 1e3:.3g} ms" if value < 1 else f"{value:.3g} s"


def measured(subject: str, value: float | None, digits: int = 4) -> str:
    """What a gate measured, in the unit of its subject: latencies in milliseconds, sizes in MB."""
    if value is None:
        return "not measured"
    if subject.startswith("serving.latency"):
        return f"{number(value * 1e3, 3)} ms"
    if subject.startswith("serving.model_size"):
        return f"{number(value / 1e6, 3)} MB"
    return f"{value:.{digits}g}"


def size(value: float | None) -> str:
    """A number of bytes: `850 B`, `14.1 MB`."""
    if value is None:
        return "–"
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= scale * 0.9995:
            scaled = value / scale
            return f"{scaled:.3g} {unit}" if scaled < 999.5 else f"{scaled:,.0f} {unit}"
    return f"{value:.0f} B"


def size_change(before: int, after: int) -> str:
    """`14.1 → 14.3 MB`: the unit is said once, where it is the same."""
    old, new = size(before), size(after)
    if old == new:
        return f"{before:,} → {after:,} bytes" if before != after else f"{new} as before"
    number, _, unit = old.partition(" ")
    return f"{number if new.endswith(' ' + unit) else old} → {new}"


def duration(micros: int) -> str:
    """A duration in its largest whole unit: `7 days`, `90 minutes`."""
    for size, noun in ((DAY, "day"), (HOUR, "hour"), (HOUR // 60, "minute")):
        if micros >= size and micros % size == 0:
            return count(micros // size, noun)
    return f"{micros / 1e6:g} seconds"


def moment(micros: int) -> datetime:
    """The instant (UTC)."""
    return datetime.fromtimestamp(micros / 1e6, tz=UTC)


def instant(micros: int) -> str:
    """`24 Dec 2013, 14:00 UTC`; without the time at midnight."""
    at = moment(micros)
    day = f"{at.day} {at:%b %Y}"
    return day if (at.hour, at.minute) == (0, 0) else f"{day}, {at:%H:%M} UTC"


def day(micros: int) -> str:
    """`24 Dec`."""
    at = moment(micros)
    return f"{at.day} {at:%b}"


def period(start: int, end: int) -> str:
    """From `start` to before `end`: `24 Dec 2013 – 31 Dec 2013`."""
    return f"{instant(start)} – {instant(end)}"


def quantity(value: float | None, value_type: str) -> str:
    """A feature's value: timestamps and dates as days, all else as numbers."""
    if value is None:
        return "–"
    if value_type == "timestamp":
        return instant(round(value * 1e6))
    if value_type == "date":
        return instant(round(value) * DAY)
    return number(value)


def code(name: str) -> str:
    """A name between backticks, cut short where it is very long; control characters are shown."""
    short = printable(name)
    return f"`{short if len(short) <= 48 else short[:47] + '…'}`"


def printable(text: str) -> str:
    """The text with control characters made visible, so that a terminal obeys none."""
    return "".join(c if c.isprintable() else "�" for c in text)
