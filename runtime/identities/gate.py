"""The identity of a gate: whom the candidate is compared with."""

from collections.abc import Mapping
from typing import Any

from ...compiler.plan import GateParams, Step
from ..evaluation.promotions import champion_change, opponent
from ..workspace import Surroundings

NOBODY = "none"


def identity(step: Step, here: Surroundings, keys: Mapping[str, str] | None = None) -> str:
    """Whom the candidate is compared with: it decides the outcome as the inputs do.

    A rerun after the candidate's own promotion is the same comparison as before. The candidate is
    known by `keys`, the keys of the inputs; without them it is what was trained or found last.
    """
    assert isinstance(step.params, GateParams)
    if not any(gate.champion for gate in step.params.gates):
        return ""
    candidate = None
    for step_id in step.inputs:
        if here.plan.step(step_id).kind == "train":
            candidate = keys[step_id] if keys else here.ledger.last_key(step_id)
    other = opponent(here.ledger, step.params.model, candidate)
    return NOBODY if other is None else other.value_key


def difference(
    step: Step,
    before: str | None,
    after: str | None,
    facts: Mapping[str, Any],  # noqa: ARG001
    here: Surroundings,
) -> str:
    """`champion changed: version 3 → 4`."""
    assert isinstance(step.params, GateParams)
    return champion_change(here.ledger, step.params.model, before, after)
