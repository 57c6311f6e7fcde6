"""Cron schedules: the part of the notation that every scheduler understands alike."""

import re
from typing import NamedTuple

from .suggest import closest, shown

_EXPECTED = 'expected a schedule such as `"0 2 * * *"` (minute hour day month weekday) or `@daily`'
WORDS = ("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ITEM = re.compile(
    r"(?:(\*)|([0-9]{1,2}|[A-Za-z]{3})(?:-([0-9]{1,2}|[A-Za-z]{3}))?)(?:/([0-9]{1,2}))?"
)
MAX_LENGTH = 200


class Field(NamedTuple):
    """One of the five fields: its name, its range, and the names its values may have."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of the month", 1, 31),
    Field("month", 1, 12, _MONTHS),
    Field("day of the week", 0, 6, _WEEKDAYS),
)


def parse_schedule(value: object) -> str:
    """The schedule with single spaces; ValueError when a scheduler would refuse it or never fire.

    Steps follow `*` or a range, and Sunday is 0: what cron, Kubernetes and Airflow agree on.
    """
    if not isinstance(value, str) or len(value) > MAX_LENGTH:
        raise ValueError(_EXPECTED)
    words = [word for word in re.split("[ \t]+", value) if word]
    if len(words) == 1 and words[0].startswith("@"):
        return _word(words[0])
    if len(words) != len(FIELDS):
        raise ValueError(f"{_EXPECTED}; this has {len(words)} fields, not 5")
    _, _, days, months, _ = chosen_values(" ".join(words))
    if words[4] == "*" and min(days) > max(_LONGEST[month - 1] for month in months):
        raise ValueError(f"this never fires: no chosen month has a day {min(days)}")
    return " ".join(words)


def chosen_values(schedule: str) -> tuple[set[int], ...]:
    """The minutes, hours, days, months and weekdays of five fields; ValueError for what is none."""
    words = schedule.split(" ")
    return tuple(_values(field, text) for field, text in zip(FIELDS, words, strict=True))


def _word(word: str) -> str:
    if word in WORDS:
        return word
    guess = closest(word, WORDS)
    meant = f"; did you mean `{guess}`?" if guess else f"; known are {', '.join(WORDS)}"
    raise ValueError(f"`{shown(word)}` is not a schedule{meant}")


def _values(field: Field, text: str) -> set[int]:
    """All values that a field such as `1-5`, `*/15` or `MON,WED` stands for."""
    return {value for item in text.split(",") for value in _item(field, item)}


def _item(field: Field, text: str) -> range:
    found = _ITEM.fullmatch(text)
    if found is None:
        raise ValueError(f"the {field.name} `{shown(text)}` is not a number, a range, `*` or `*/n`")
    every, first, last, step_text = found.groups()
    if step_text and not every and not last:
        range_text = f"{first}-{field.high}/{step_text}"
        raise ValueError(f"in the {field.name} a step follows `*` or a range: `{range_text}`")
    low = field.low if every else _number(field, first)
    high = field.high if every else _number(field, last or first)
    if low > high:
        raise ValueError(f"the {field.name} range `{text}` runs backwards")
    step = int(step_text or 1)
    if not 1 <= step <= field.high:
        raise ValueError(f"the {field.name} step {step} is not from 1 to {field.high}")
    return range(low, high + 1, step)


def _number(field: Field, text: str) -> int:
    if text.isdigit():
        number = int(text)
        if number == 7 and field.names == _WEEKDAYS:
            raise ValueError("Sunday is 0; not every scheduler knows it as 7")
    elif text.upper() in field.names:
        number = field.names.index(text.upper()) + field.low
    else:
        raise ValueError(f"`{text}` is not a {field.name}")
    if not field.low <= number <= field.high:
        raise ValueError(f"the {field.name} {number} is not from {field.low} to {field.high}")
    return number
