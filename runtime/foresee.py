"""What a run of some steps would do, why, and what it would take."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from ..compiler.plan import Plan
from .estimate import Estimate, Totals, estimate, totals
from .predict import Prediction, predict
from .reasons import SpecPlace, nowhere
from .workspace import Surroundings


@dataclass(frozen=True, slots=True)
class Outlook:
    """Predictions of the steps asked for and of those that they call for, in the plan's order; an
    estimate for each that is not cached."""

    predictions: tuple[Prediction, ...]
    estimates: Mapping[str, Estimate]
    totals: Totals


def foresee(
    plan: Plan, here: Surroundings, chosen: Set[str], spec_place: SpecPlace = nowhere
) -> Outlook:
    """What the engine would do, were it asked for `chosen`."""
    told = {p.step_id: p for p in predict(plan, here, spec_place=spec_place)}
    shown = _called(plan, chosen, told)
    estimates = estimate(plan, told, here)
    busy = {i for i in shown if told[i].status != "cached"}
    running = {i for i in busy if told[i].status == "runs"}
    return Outlook(
        tuple(p for p in told.values() if p.step_id in shown),
        {i: estimates[i] for i in busy},
        totals(plan, running, estimates),
    )


def _called(plan: Plan, chosen: Set[str], told: Mapping[str, Prediction]) -> set[str]:
    """A step that was not asked for runs where one that runs needs it, and it is not cached."""
    shown = set(chosen)
    for step in reversed(plan.steps):
        if step.id in shown and told[step.id].status != "cached":
            needed = (*step.inputs, *step.guards)
            shown.update(i for i in needed if told[i].status != "cached")
    return shown
