"""What a target cannot honour: a file a check, `(Target, Plan, Settings) -> Iterator[Problem]`."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from ...compiler.plan import Plan
from ..target import Problem, Settings, Target
from .accelerators import check_accelerators
from .capabilities import check_capabilities
from .machines import check_machines
from .names import check_names

CHECKS: tuple[Callable[[Target, Plan, Settings], Iterator[Problem]], ...] = (
    check_capabilities,
    check_names,
    check_accelerators,
    check_machines,
)


def check_target(target: Target, plan: Plan, settings: Settings) -> Iterator[Problem]:
    """Everything: what holds for any target, and what this one adds."""
    for one in CHECKS:
        yield from one(target, plan, settings)
    for problem in target.check(plan, settings):
        yield replace(problem, message=f"target `{target.name}`: {problem.message}")
