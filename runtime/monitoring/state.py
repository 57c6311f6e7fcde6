"""The states of a check, and how they add up."""

from collections.abc import Iterable
from typing import Literal

State = Literal["ok", "warn", "alert", "insufficient"]

_BY_WEIGHT: tuple[State, ...] = ("alert", "warn", "ok", "insufficient")


def worst(states: Iterable[State]) -> State:
    """The most serious state; `insufficient` only where nothing could be judged at all."""
    found = set(states)
    return next((state for state in _BY_WEIGHT if state in found), "insufficient")
