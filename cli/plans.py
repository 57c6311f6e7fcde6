"""A plan from what people name: a spec, a folder, or a compiled plan."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..compiler.plan import Plan
from ..compiler.plan_file import load_plan

if TYPE_CHECKING:
    from ..compiler.graph import Graph


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plan, its project folder, and where the spec, if there is one, says a parameter."""

    plan: Plan
    folder: Path
    spec_place: Callable[[str, str], str]


def load_any(
    path: Path, environment: str | None = None, project: Path | None = None
) -> tuple[Plan, Path]:
    """The plan and its project folder. A plan file is taken as it is, a spec is compiled.

    Raises SpecError or PlanFileError.
    """
    loaded = load_with_places(path, environment, project)
    return loaded.plan, loaded.folder


def load_with_places(
    path: Path, environment: str | None = None, project: Path | None = None
) -> Loaded:
    """The same, with the places of the spec."""
    if path.suffix == ".json":
        if environment is not None:
            raise click.UsageError("A plan is compiled already; `--env` is for specs.")
        plan = load_plan(path)
        return Loaded(plan, project or Path(), lambda _step_id, _param: "")
    from .targets import compiled

    graph, plan = compiled(path, environment)
    return Loaded(plan, project or path.parent, partial(_spec_place, graph))


def _spec_place(graph: "Graph", step_id: str, param: str) -> str:
    from ..compiler.changes.places import spec_path

    try:
        return graph.place(spec_path(graph, step_id, param))
    except KeyError:
        return ""


def endpoint_name(plan: Plan, name: str | None) -> str:
    """The endpoint that is meant: the one named, or the only one."""
    if name is not None:
        return name
    names = [endpoint.name for endpoint in plan.endpoints]
    if len(names) != 1:
        told = f"name one of: {', '.join(names)}" if names else "the spec has no online deployment"
        raise click.UsageError(f"Which endpoint? {told}.")
    return names[0]
