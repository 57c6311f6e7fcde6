"""What steps of a plan stand on."""

from collections.abc import Iterable

from .plan import Plan


def upstream(plan: Plan, steps: Iterable[str]) -> set[str]:
    """Everything that `steps` stand on, inputs and guards, themselves included."""
    found = set(steps)
    for step in reversed(plan.steps):
        if step.id in found:
            found.update(step.inputs, step.guards)
    return found
