"""A plan from what people name: a spec, a folder, or a compiled plan."""

from pathlib import Path

import click

from ..compiler.plan import Plan
from ..compiler.plan_file import load_plan


def load_any(
    path: Path, environment: str | None = None, project: Path | None = None
) -> tuple[Plan, Path]:
    """The plan and its project folder. A plan file is taken as it is, a spec is compiled.

    Raises SpecError or PlanFileError.
    """
    if path.suffix == ".json":
        if environment is not None:
            raise click.UsageError("A plan is compiled already; `--env` is for specs.")
        return load_plan(path), project or Path()
    from .targets import compiled

    _, plan = compiled(path, environment)
    return plan, project or path.parent


def endpoint_name(plan: Plan, name: str | None) -> str:
    """The endpoint that is meant: the one named, or the only one."""
    if name is not None:
        return name
    names = [endpoint.name for endpoint in plan.endpoints]
    if len(names) != 1:
        told = f"name one of: {', '.join(names)}" if names else "the spec has no online deployment"
        raise click.UsageError(f"Which endpoint? {told}.")
    return names[0]
