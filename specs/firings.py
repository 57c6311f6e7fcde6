"""The times between the firings of a schedule."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

from .schedules import chosen_values

_MINUTE = 60_000_000
_DAY = 1440
# From a Monday on, a number of whole weeks in which every date has been on every weekday.
_FIRST_DAY = date(2001, 1, 1).toordinal()
_DAYS = 28 * 365 + 7
_WORDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


@lru_cache(maxsize=256)
def times_between(schedule: str) -> Mapping[int, int]:
    """How often each time between two firings (microseconds) occurs, over a whole cycle.

    `schedule` is one that `parse_schedule` has passed.
    """
    minutes, hours, days, months, weekdays = chosen_values(_WORDS.get(schedule, schedule))
    within = sorted(60 * hour + minute for hour in hours for minute in minutes)
    texts = _WORDS.get(schedule, schedule).split()
    any_day, any_weekday = texts[2].startswith("*"), texts[4].startswith("*")
    weekly = any_day and len(months) == 12
    cycle = (1 if any_weekday else 7) if weekly else _DAYS
    found: Counter[int] = Counter()
    last = first = None
    for day in _days(cycle, days, months, weekdays, both=any_day or any_weekday):
        if last is None:
            first = day
        else:
            found[(day - last) * _DAY + within[0] - within[-1]] += 1
        for one, next_one in pairwise(within):
            found[next_one - one] += 1
        last = day
    if first is not None and last is not None:
        found[(cycle + first - last) * _DAY + within[0] - within[-1]] += 1
    return MappingProxyType({gap * _MINUTE: count for gap, count in sorted(found.items())})


def _days(
    cycle: int, days: set[int], months: set[int], weekdays: set[int], *, both: bool
) -> Iterator[int]:
    """The days of a cycle on which it fires; where day and weekday are both given, either does."""
    for number in range(cycle):
        if cycle == 1:
            yield number
            continue
        day = date.fromordinal(_FIRST_DAY + number)
        if day.month not in months:
            continue
        on_day, on_weekday = day.day in days, (day.weekday() + 1) % 7 in weekdays
        if (on_day and on_weekday) if both else (on_day or on_weekday):
            yield number
