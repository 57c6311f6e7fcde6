"""What `--select` means: a job by its name first, then steps."""

from collections.abc import Sequence

from ..compiler.plan import Plan
from ..runtime.select import select


def selected(plan: Plan, patterns: Sequence[str]) -> frozenset[str]:
    """The step ids; those of the main job when nothing is asked for. Raises StepError."""
    jobs = {job.name for job in plan.jobs}
    return select(plan, [f"job:{p}" if p in jobs else p for p in patterns or ("job:main",)])
