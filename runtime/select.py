"""Which steps of a plan are asked for: ids, globs, tags, and the graph around them.

`train.late_arrival`, `train.*`, `tag:late_arrival`, `kind:train`, `job:nightly`; a `+` in front
adds everything upstream, a `+` behind everything downstream.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from ..compiler.plan import Plan, Step
from .errors import StepError


def select(plan: Plan, patterns: Sequence[str]) -> frozenset[str]:
    """The ids that any of `patterns` means; all steps when there is none. Raises StepError."""
    if not patterns:
        return frozenset(step.id for step in plan)
    chosen: set[str] = set()
    for pattern in patterns:
        found = _matching(plan, pattern.removeprefix("+").removesuffix("+"))
        chosen |= found
        if pattern.startswith("+"):
            chosen |= upstream(plan, found)
        if pattern.endswith("+"):
            chosen |= downstream(plan, found)
    return frozenset(chosen)


def upstream(plan: Plan, steps: Iterable[str]) -> set[str]:
    """Everything that `steps` stand on, inputs and guards, themselves included."""
    found = set(steps)
    for step in reversed(plan.steps):
        if step.id in found:
            found.update(step.inputs, step.guards)
    return found


def downstream(plan: Plan, steps: Iterable[str]) -> set[str]:
    """Everything that stands on `steps`, themselves included."""
    found = set(steps)
    for step in plan.steps:
        if found.intersection((*step.inputs, *step.guards)):
            found.add(step.id)
    return found


def _matching(plan: Plan, pattern: str) -> set[str]:
    jobs = {job.name: frozenset(job.steps) for job in plan.jobs}
    found = {step.id for step in plan if _matches(step, pattern, jobs)}
    if not found:
        close = get_close_matches(pattern, [step.id for step in plan], n=3, cutoff=0.4)
        raise StepError(
            f"no step is called {pattern!r}",
            remedy=f"did you mean {', '.join(close)}?" if close else "`onespec plan` lists them",
        )
    return found


def _matches(step: Step, pattern: str, jobs: dict[str, frozenset[str]]) -> bool:
    how, separator, rest = pattern.partition(":")
    match how if separator else "":
        case "tag":
            return any(fnmatchcase(tag, rest) for tag in step.tags)
        case "kind":
            return fnmatchcase(step.kind, rest)
        case "job":
            return any(step.id in steps for name, steps in jobs.items() if fnmatchcase(name, rest))
        case _:
            return fnmatchcase(step.id, pattern)
