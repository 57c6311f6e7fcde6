"""Suggestions: close names only, and the same one always."""

import time

import pytest

from onespec.specs.suggest import closest, did_you_mean, shown


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("dep_dealy", ["arr_delay", "dep_delay", "dep_time"], "dep_delay"),
        ("DepDelay", ["depdelay"], "depdelay"),
        ("event-time", ["event_time", "event"], "event_time"),
        ("xyz", ["dep_delay", "origin"], None),
        ("origin", ["origin"], None),
        ("", ["a"], None),
        ("sources", [], None),
        ("monitors", ["monitor", "models"], "monitor"),
    ],
)
def test_closest(name: str, candidates: list[str], expected: str | None) -> None:
    assert closest(name, candidates) == expected
    assert closest(name, reversed(candidates)) == expected


def test_equally_good_candidates_are_settled_by_the_alphabet() -> None:
    assert closest("feature_x", {"feature_b", "feature_a", "feature_c"}) == "feature_a"


def test_the_label() -> None:
    assert did_you_mean("prd", ["prod"]) == "did you mean `prod`?"
    assert did_you_mean("zzz", ["prod"]) == ""


def test_hostile_names_cost_nothing() -> None:
    start = time.perf_counter()
    assert closest("a" * 1_000_000, ["a" * 999_999]) is None
    assert closest("a", ["a" * 1_000_000]) is None
    assert time.perf_counter() - start < 1


def test_shown() -> None:
    assert shown("plain") == "plain"
    assert shown("x" * 100) == "x" * 59 + "…"
    assert shown("a\n\x1b[2J") == "a\\n\\x1b[2J"
    assert len(shown("\u202e" * 1_000_000)) == 60
