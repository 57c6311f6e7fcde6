"""Scalars that people write: values, canonical texts, and sentences for what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onespec.specs.scalars import (
    format_duration,
    format_percentage,
    format_size,
    parse_duration,
    parse_instant,
    parse_percentage,
    parse_schedule,
    parse_size,
)

SECOND = 1_000_000
HOUR = 3600 * SECOND


@pytest.mark.parametrize(
    ("text", "microseconds", "canonical"),
    [
        ("90s", 90 * SECOND, "90s"),
        ("15m", 900 * SECOND, "15m"),
        ("3h", 3 * HOUR, "3h"),
        ("24h", 24 * HOUR, "1d"),
        ("7d", 168 * HOUR, "7d"),
        ("2w", 336 * HOUR, "14d"),
        ("1h30m", 3 * HOUR // 2, "90m"),
        ("1d 12h", 36 * HOUR, "36h"),
        ("1.5h", 3 * HOUR // 2, "90m"),
        (" 250ms ", 250_000, "250ms"),
        ("10us", 10, "10us"),
        ("0s", 0, "0s"),
        ("0.000001s", 1, "1us"),
    ],
)
def test_durations(text: str, microseconds: int, canonical: str) -> None:
    assert parse_duration(text) == microseconds
    assert format_duration(microseconds) == canonical


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (90, "has no unit"),
        ("90", "has no unit"),
        (1.5, "has no unit"),
        ("-3h", "negative"),
        ("3 hours", "write `h`"),
        ("5min", "write `m`"),
        ("3H", "write `h`"),
        ("5µs", "write `us`"),
        ("1month", "differ in length"),
        ("2y", "differ in length"),
        ("3x", "the units are"),
        ("30m1h", "larger units first"),
        ("1h1h", "larger units first"),
        ("0.5us", "whole number of microseconds"),
        ("", "expected a duration"),
        ("h", "expected a duration"),
        ("3h!", "expected a duration"),
        ("٣h", "expected a duration"),
        ("9" * 18 + "w", "longer than"),
        ("1h" * 100_000, "expected a duration"),
        (None, "not nothing"),
        (True, "not `true`"),
        ([], "not a list"),
        ({}, "not a mapping"),
        pytest.param(10**6000, "huge number", id="huge"),
    ],
)
def test_what_is_no_duration(value: object, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse_duration(value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("text", "size", "canonical"),
    [
        ("512MiB", 512 * 2**20, "512MiB"),
        ("4GiB", 2**32, "4GiB"),
        ("2GB", 2 * 10**9, "2GB"),
        ("1.5 GiB", 3 * 2**29, "1536MiB"),
        ("100B", 100, "100B"),
        ("1024KiB", 2**20, "1MiB"),
        ("0B", 0, "0B"),
    ],
)
def test_sizes(text: str, size: int, canonical: str) -> None:
    assert parse_size(text) == size
    assert format_size(size) == canonical


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (4, "has no unit"),
        ("4", "has no unit"),
        ("4Gi", "write `GiB`"),
        ("4G", "write `GB`"),
        ("4gb", "write `GB`"),
        ("4 GiB 2 MiB", "expected a size"),
        ("1.5B", "whole number of bytes"),
        ("-4GiB", "negative"),
        ("4parsecs", "the units are"),
        ("99999999PiB", "8 EiB"),
        (None, "expected a size"),
    ],
)
def test_what_is_no_size(value: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_size(value)


@pytest.mark.parametrize(
    ("value", "share", "canonical"),
    [
        ("70%", 0.7, "70%"),
        ("14.5 %", 0.145, "14.5%"),
        (0.7, 0.7, "70%"),
        ("0%", 0.0, "0%"),
        (1, 1.0, "100%"),
        ("7%", 0.07, "7%"),
        ("29%", 0.29, "29%"),
    ],
)
def test_percentages(value: object, share: float, canonical: str) -> None:
    assert parse_percentage(value) == share
    assert format_percentage(share) == canonical


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (70, "did you mean `70%`"),
        ("150%", "between `0%` and `100%`"),
        (-0.1, "between"),
        (float("nan"), "between"),
        (float("inf"), "between"),
        pytest.param(10**400, "between", id="huge"),
        ("0.7", "expected a share"),
        ("seventy%", "expected a share"),
        ("-5%", "expected a share"),
        ("1e2%", "expected a share"),
        (True, "expected a share"),
        (None, "expected a share"),
    ],
)
def test_what_is_no_percentage(value: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_percentage(value)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0 2 * * *", "0 2 * * *"),
        ("  */15   0-6,22 1 jan-MAR mon-fri ", "*/15 0-6,22 1 jan-MAR mon-fri"),
        ("0 0 29 2 *", "0 0 29 2 *"),
        ("0 0 31 2 1", "0 0 31 2 1"),
        ("5-55/10 * * * 0", "5-55/10 * * * 0"),
        ("@daily", "@daily"),
    ],
)
def test_schedules(text: str, canonical: str) -> None:
    assert parse_schedule(text) == canonical


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0 2 * *", "4 fields, not 5"),
        ("0 2 * * * *", "6 fields, not 5"),
        ("60 * * * *", "minute 60 is not from 0 to 59"),
        ("* 24 * * *", "hour 24"),
        ("* * 0 * *", "day of the month 0"),
        ("* * * 13 *", "month 13"),
        ("* * * * 7", "Sunday is 0"),
        ("*/0 * * * *", "step 0"),
        ("*/90 * * * *", "step 90"),
        ("5/10 * * * *", "5-59/10"),
        ("10-5 * * * *", "backwards"),
        ("a * * * *", "not a number"),
        ("foo * * * *", "`foo` is not a minute"),
        ("1,,2 * * * *", "not a number"),
        ("0 0 31 2 *", "never fires"),
        ("0 0 31 4,6,9,11 *", "never fires"),
        ("@dayly", "did you mean `@daily`"),
        ("@reboot", "known are"),
        ("", "0 fields"),
        (5, "expected a schedule"),
        ("* " * 100_000, "expected a schedule"),
        ("٣ * * * *", "not a number"),
    ],
)
def test_what_is_no_schedule(value: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_schedule(value)


@given(st.integers(0, 2**63 - 1))
def test_integers_survive_their_texts(value: int) -> None:
    assert parse_duration(format_duration(value)) == value
    assert parse_size(format_size(value)) == value


@given(st.floats(0, 1))
def test_shares_survive_their_texts(value: float) -> None:
    text = format_percentage(value)
    assert (parse_percentage(text) if text.endswith("%") else float(text)) == value


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.lists(st.text())))
def test_only_sentences_are_raised(value: object) -> None:
    for parse in (parse_duration, parse_size, parse_percentage, parse_schedule):
        try:
            parse(value)
            sentence = ""
        except ValueError as error:
            sentence = str(error)
        assert len(sentence) < 300


@pytest.mark.parametrize("micros", [0, 1, 999_999, 123_457, 249_999])
def test_an_instant_is_read_to_the_last_microsecond(micros: int) -> None:
    text = f"2013-12-31T00:00:00.{micros:06}Z"
    assert parse_instant(text) == 1_388_448_000_000_000 + micros
