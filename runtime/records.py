"""How steps and what became of them are written down in the ledger."""

from collections.abc import Mapping
from typing import Any

from .events import StepResult
from .keys import Recipe
from .usage import size_of

# step id, key, state, facts: as the ledger takes it.
Record = tuple[str, str, str, Mapping[str, Any]]


def record_of(result: StepResult, recipe: Recipe | None) -> Record:
    """A result, as written down. The recipe of a good one explains a later change of key, what it
    took tells what it will take again."""
    facts: dict[str, Any] = {"seconds": round(result.seconds, 6)}
    if result.good and recipe is not None:
        facts["recipe"] = recipe.facts()
    if result.usage is not None and result.value is not None:
        made = size_of(result.value)
        facts |= {**result.usage.facts(), "rows": made.rows, "bytes": made.bytes}
    # What a person asks for later: on which device was this model made?
    facts |= {name: result.facts[name] for name in ("device", "fallback") if name in result.facts}
    if result.error is not None:
        facts["error"] = result.error.message
        facts["remedy"] = result.error.remedy
    return (result.step_id, result.key or "", result.state, facts)
