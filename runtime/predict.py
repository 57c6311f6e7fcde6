"""What a run would do, without doing it."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Literal

from ..compiler.plan import Plan, Step
from .keys import explain, find, resolve
from .library import Library, built_in, has_identity
from .workspace import Workspace

Status = Literal["cached", "runs", "unknown"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """`unknown`: the key depends on what steps before it will do. `why` is for people."""

    step_id: str
    status: Status
    key: str | None
    why: str = ""


def predict(
    plan: Plan,
    workspace: Workspace,
    *,
    known: Mapping[str, str] | None = None,
    force: Set[str] = frozenset(),
    library: Library = built_in,
) -> tuple[Prediction, ...]:
    """One prediction a step, in the plan's order. `known` are keys of steps that need no look;
    `force` are steps that run whatever is cached."""
    told: dict[str, Prediction] = {}
    for step in plan:
        if known and step.id in known:
            told[step.id] = Prediction(step.id, "cached", known[step.id])
        else:
            told[step.id] = _predict(step, told, workspace, force, library)
    return tuple(told.values())


def _predict(
    step: Step,
    told: Mapping[str, Prediction],
    workspace: Workspace,
    force: Set[str],
    library: Library,
) -> Prediction:
    inputs = [told[step_id] for step_id in step.inputs]
    keys = {p.step_id: p.key for p in inputs if p.key is not None}
    unsure = [p.step_id for p in inputs if p.status == "unknown"]
    before = [told[step_id] for step_id in (*step.inputs, *step.after)]
    busy = [p.step_id for p in before if p.status != "cached"]
    if unsure or len(keys) < len(inputs):
        return Prediction(step.id, "unknown", None, f"depends on {', '.join(unsure)}")
    if busy and has_identity(step, library):
        return Prediction(step.id, "unknown", None, f"depends on what {', '.join(busy)} will do")
    try:
        recipe = resolve(step, keys, workspace, library)
        value, held = find(step, recipe.key, workspace, library)
    except Exception as error:
        # A run would tell; a prediction must not end at the first source that is away.
        return Prediction(step.id, "unknown", None, str(error) or type(error).__name__)
    if step.id in force:
        return Prediction(step.id, "runs", recipe.key, "forced")
    if value is not None and held:
        return Prediction(step.id, "cached", recipe.key)
    why = explain(step, recipe, value, workspace.ledger)
    return Prediction(step.id, "runs", recipe.key, why)
