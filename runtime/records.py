"""How steps and what became of them are written down in the ledger."""

from collections.abc import Mapping
from typing import Any

from .events import StepResult
from .keys import Recipe

# step id, key, state, facts: as the ledger takes it.
Record = tuple[str, str, str, Mapping[str, Any]]


def record_of(result: StepResult, recipe: Recipe | None) -> Record:
    """A result, as written down. The recipe of a good one explains a later change of key."""
    facts: dict[str, Any] = {"seconds": round(result.seconds, 6)}
    if result.good and recipe is not None:
        facts["recipe"] = recipe.facts()
    if result.error is not None:
        facts["error"] = result.error.message
        facts["remedy"] = result.error.remedy
    return (result.step_id, result.key or "", result.state, facts)
