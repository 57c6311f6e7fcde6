"""Who is asked in a rollout: the same entity the same way, and more of them with each share."""

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from onespec.runtime.serving.split import Split, place

KEYS = ("origin", "tailnum")
PLACE = 0.7203335281831055
KEY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.text(),
    st.floats(allow_nan=False),
)


def challenged(share: float, salt: str = "api 1", rows: int = 10_000) -> set[int]:
    split = Split(salt, share, KEYS)
    return {n for n in range(rows) if split.challenges({"origin": "JFK", "tailnum": n}, "r")}


@given(KEY, KEY, st.lists(st.floats(0, 1), min_size=2, max_size=5))
def test_a_larger_share_only_adds(one: Any, other: Any, shares: list[float]) -> None:
    row = {"origin": one, "tailnum": other}
    found = [Split("api 1", share, KEYS).challenges(row, "r") for share in sorted(shares)]
    assert found == sorted(found)
    assert not Split("api 1", 0.0, KEYS).challenges(row, "r")
    assert Split("api 1", 1.0, KEYS).challenges(row, "r")


def test_the_share_of_entities_is_the_share() -> None:
    before: set[int] = set()
    for share in (0.01, 0.1, 0.5, 0.9):
        found = challenged(share)
        # Five standard deviations of a binomial: one in millions fails by chance, and the hash is
        # fixed, so that this passes always or never.
        assert abs(len(found) - share * 10_000) < 5 * (share * (1 - share) * 10_000) ** 0.5
        assert before < found
        before = found


def test_another_rollout_asks_others() -> None:
    one, other = challenged(0.1), challenged(0.1, "api 2")
    assert 50 < len(one & other) < 150  # a tenth of a tenth of 10,000


def test_an_entity_is_asked_the_same_way_in_every_request_and_process() -> None:
    row = {"origin": "JFK", "tailnum": "N14228", "distance": 1.0}
    split = Split("api 1", 0.5, KEYS)
    assert len({split.challenges(row | {"distance": d}, f"r{d}") for d in range(50)}) == 1
    code = (
        "from onespec.runtime.serving.split import place;print(place('api 1', ['JFK', None], 'r'))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(told.stdout) == place("api 1", ["JFK", None], "other")
    # Written down: a release that moved it would change the answers of running rollouts.
    assert place("api 1", ["JFK", None], "r") == PLACE


def test_a_row_without_a_key_goes_by_its_request() -> None:
    split = Split("api 1", 0.5, KEYS)
    for row in ({}, {"origin": None, "tailnum": None}):
        asked = {split.challenges(row, f"r{n}") for n in range(50)}
        assert asked == {True, False}
    assert place("s", [], "r") == place("s", [None], "r")
    assert place("s", ["x"], "r1") == place("s", ["x"], "r2")


def test_kinds_of_keys_are_told_apart() -> None:
    at = datetime(2013, 12, 31, tzinfo=UTC)
    keys = (["1"], [1], [True], ["a", "b"], ["ab"], ["a", None], [at], [at.date()])
    assert len({place("s", key, "r") for key in keys}) == len(keys)
