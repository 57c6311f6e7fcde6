"""The spec and its targets together: what `check`, `compile` and `plan` all begin with."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
from pydantic import ValidationError

from ..compiler.compile import Checked, check
from ..compiler.graph import Graph
from ..compiler.plan import Plan
from ..compiler.schedule import schedule
from ..specs.diagnostic import Diagnostic, SpecError, in_file_order
from ..specs.suggest import did_you_mean
from ..specs.validate import shape_diagnostics
from ..targets import find_target, target_names
from ..targets.target import Settings, Target


def check_all(path: Path, environment: str | None) -> Checked:
    """What the compiler finds, and what the targets that the spec names cannot honour."""
    checked = check(path, environment)
    targets = checked.graph.spec.targets
    if not targets:
        return checked
    found = list(checked.diagnostics)
    chosen: list[tuple[Target, Settings]] = []
    for name in targets:
        try:
            chosen.append(settings_of(checked.graph, name))
        except SpecError as error:
            found += error.diagnostics
    if not checked.errors:
        plan = schedule(checked.graph, path.name)
        for target, settings in chosen:
            found += problems(checked.graph, plan, target, settings)
    return replace(checked, diagnostics=in_file_order(found))


def checked_graph(path: Path, environment: str | None) -> Graph:
    """The graph of a spec without errors. Raises SpecError."""
    checked = check_all(path, environment)
    if checked.errors:
        raise SpecError(checked.diagnostics)
    return checked.graph


def compiled(path: Path, environment: str | None) -> tuple[Graph, Plan]:
    """The plan of a spec without errors. Raises SpecError."""
    graph = checked_graph(path, environment)
    return graph, schedule(graph, path.name)


def settings_of(graph: Graph, name: str, bundle: str = "") -> tuple[Target, Settings]:
    """A target with its settings from the spec. Raises SpecError."""
    at = ("targets", name)
    target = find_target(name)
    if target is None:
        if name not in graph.spec.targets:
            raise click.UsageError(
                f"There is no target `{name}`; there are: {', '.join(target_names())}."
            )
        raise SpecError(
            [
                Diagnostic(
                    "E601",
                    f"there is no target `{name}`",
                    graph.key_span(at),
                    label=did_you_mean(name, target_names()),
                    hint=f"installed are: {', '.join(target_names())}",
                )
            ]
        )
    data = dict(graph.spec.targets.get(name, {}))
    try:
        return target, target.settings.model_validate(
            {**data, **({"bundle": bundle} if bundle else {})}
        )
    except ValidationError as error:
        raise SpecError(shape_diagnostics(graph.document, error, target.settings, at)) from None


def problems(graph: Graph, plan: Plan, target: Target, settings: Settings) -> Iterator[Diagnostic]:
    """What the target cannot honour, at the place that asks for it."""
    for problem in target.check(plan, settings):
        yield Diagnostic(
            problem.code,
            f"target `{target.name}`: {problem.message}",
            graph.span(problem.at),
            hint=problem.hint,
        )


def problems_or_raise(graph: Graph, plan: Plan, target: Target, settings: Settings) -> None:
    """Raises SpecError when the target cannot honour something."""
    found = tuple(problems(graph, plan, target, settings))
    if found:
        raise SpecError(found)
