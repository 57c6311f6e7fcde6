"""The calculus of durations, at its boundaries."""

import pytest

from onespec.compiler.availability import AT_ONCE, Known, all_known, latest, rows_known, share
from onespec.compiler.availability import uncovered as lost
from onespec.compiler.plan import SourceTable
from onespec.compiler.tables import same_table
from onespec.specs.firings import times_between
from onespec.specs.scalars import parse_duration
from onespec.specs.schedules import parse_schedule
from onespec.specs.sections.sources import Source

HOUR = 3_600_000_000
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("period", "covered", "share_lost"),
    [
        (DAY, DAY, 0.0),
        (DAY, DAY - 1, 1 / DAY),
        (DAY, DAY + 1, 0.0),
        (DAY, 6 * HOUR, 0.75),
        (DAY, 0, 1.0),
        (DAY, -HOUR, 1.0),
        (0, 0, 0.0),
    ],
)
def test_the_share_of_a_period_that_is_not_covered(
    period: int, covered: int, share_lost: float
) -> None:
    assert lost(period, covered) == pytest.approx(share_lost, abs=1e-15)
    assert (lost(period, covered) > 0) == (share_lost > 0)


@pytest.mark.parametrize(
    ("part", "text"), [(0.754, "75%"), (1e-12, "1%"), (0.9999, "99%"), (1.0, "100%")]
)
def test_a_share_is_never_rounded_to_none_or_all(part: float, text: str) -> None:
    assert share(part) == text


def _source(available_after: object) -> Source:
    return Source.model_validate({"path": "a.csv", "available_after": available_after})


@pytest.mark.parametrize(
    ("declared", "columns", "after", "what"),
    [
        ({}, {"a", "b"}, 0, ""),
        ({"a": "2h"}, {"a", "b"}, 2 * HOUR, "`a`"),
        ({"a": "2h"}, {"b"}, 0, ""),
        ({"a": "2h", "b": "12h"}, {"a", "b"}, 12 * HOUR, "`b`"),
        ({"a": "2h", "b": "2h"}, {"b", "a"}, 2 * HOUR, "`a`"),
        ("1d", {"a"}, DAY, "a row of `s`"),
        ({"*": "1d", "a": "2d"}, {"a", "b"}, 2 * DAY, "`a`"),
        ({"*": "1d", "a": "0s"}, {"a"}, 0, "`a`"),
        ({"*": "1d"}, set(), 0, ""),
    ],
)
def test_what_is_made_of_columns_waits_for_the_last(
    declared: object, columns: set[str], after: int, what: str
) -> None:
    known = all_known("s", _source(declared), columns)
    assert (known.after, known.what) == (after, what)


def test_the_reason_is_a_place_in_the_spec() -> None:
    source = _source({"a": "2h"})
    assert all_known("s", source, {"a"}).at == ("sources", "s", "available_after", "a")
    assert all_known("s", source, {"b"}) == rows_known("s", source) == AT_ONCE
    assert latest(()) == AT_ONCE
    assert str(Known(HOUR, (), "`a`")) == "`a` is known 1h after its event"


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("*/15 * * * *", {"15m": 96}),
        ("0 2 * * *", {"1d": 1}),
        ("0 */5 * * *", {"4h": 1, "5h": 4}),
        ("0 2 * * 1-5", {"1d": 4, "3d": 1}),
        ("30 1,13 * * 0", {"12h": 1, "156h": 1}),
        ("@weekly", {"7d": 1}),
        ("0 0 29 2 *", {"1461d": 7}),
        ("@monthly", {"28d": 21, "29d": 7, "30d": 112, "31d": 196}),
    ],
)
def test_the_times_between_firings(schedule: str, expected: dict[str, int]) -> None:
    found = times_between(parse_schedule(schedule))
    assert dict(found) == {parse_duration(text): count for text, count in expected.items()}


def test_where_day_and_weekday_are_both_given_either_fires() -> None:
    assert max(times_between("0 0 13 * 5")) == 7 * DAY
    assert min(times_between("0 0 13 * 5")) == DAY


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("data/a.csv", "./data//a.csv", True),
        ("data/a.csv", "data/b.csv", False),
        ("data", "data/a.csv", True),
        ("data/", "data/x/a.csv", True),
        ("data/*.csv", "data/a.csv", True),
        ("data/*.csv", "data/x/a.csv", False),
        ("data/**/*.csv", "data/x/a.csv", True),
        ("data/*.csv", "data/*.csv", True),
        ("data/a*.csv", "data/b*.csv", False),
        ("database/a.csv", "data", False),
    ],
)
def test_the_same_rows_by_another_path(one: str, other: str, same: bool) -> None:
    left, right = SourceTable("l", "csv", one, ()), SourceTable("r", "csv", other, ())
    assert same_table(left, right) is same_table(right, left) is same
