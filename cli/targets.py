"""The spec and its targets together: what `check`, `compile` and `plan` all begin with."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click
from pydantic import ValidationError

from ..compiler.compile import Checked, check
from ..compiler.environments import check_environments
from ..compiler.graph import Graph
from ..compiler.plan import Plan
from ..compiler.schedule import schedule
from ..specs.diagnostic import Diagnostic, Related, SpecError, in_file_order
from ..specs.suggest import did_you_mean
from ..specs.validate import shape_diagnostics
from ..targets import BrokenTargetError, find_target, target_names
from ..targets.checks import check_target
from ..targets.target import Problem, Settings, Target


@dataclass(frozen=True)
class CheckedAll(Checked):
    """A spec that was checked with its targets; its plan, where a target had a look at it."""

    plan: Plan | None = None


def check_all(path: Path, environment: str | None, *, hashed: bool = False) -> CheckedAll:
    """What the compiler finds, and what the targets that the spec names cannot honour; without
    an environment also what is wrong in shape with each of those that are declared.

    `hashed` is for those who go on with the plan: targets can do without fingerprints.
    """
    checked = check(path, environment)
    targets = checked.graph.spec.targets
    found = list(checked.diagnostics)
    chosen: list[tuple[Target, Settings]] = []
    for name in targets:
        try:
            chosen.append(settings_of(checked.graph, name))
        except SpecError as error:
            found += error.diagnostics
    plan = None
    if chosen and not checked.errors:
        plan = schedule(checked.graph, path.name, hashed=hashed)
        for target, settings in chosen:
            found += problems(checked.graph, plan, target, settings)
    if environment is None and not hashed:  # who goes on with the plan asks for one of them
        found += check_environments(checked.graph.document)
    files = checked.graph.document.texts
    return CheckedAll(checked.graph, in_file_order(found, files), plan)


def checked_graph(path: Path, environment: str | None) -> Graph:
    """The graph of a spec without errors. Raises SpecError."""
    return _fine(path, environment).graph


def _fine(path: Path, environment: str | None) -> CheckedAll:
    checked = check_all(path, environment, hashed=True)
    if checked.errors:
        raise SpecError(checked.diagnostics)
    return checked


def compiled(path: Path, environment: str | None) -> tuple[Graph, Plan]:
    """The plan of a spec without errors. Raises SpecError."""
    checked = _fine(path, environment)
    return checked.graph, checked.plan or schedule(checked.graph, path.name)


def settings_of(graph: Graph, name: str, bundle: str = "") -> tuple[Target, Settings]:
    """A target with its settings from the spec. Raises SpecError."""
    at = ("targets", name)
    try:
        target = find_target(name)
    except BrokenTargetError as error:
        message = f"target `{name}` is installed, but {error}"
        span = graph.key_span(at) if name in graph.spec.targets else None
        raise SpecError([Diagnostic("E601", message, span)]) from error
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
    if "bundle" in data:
        message = "`bundle` is not for the spec: `compile -o` says where a bundle lies"
        raise SpecError([Diagnostic("E201", message, graph.key_span((*at, "bundle")))])
    try:
        settings = target.settings.model_validate(data)
        return target, settings.model_copy(update={"bundle": bundle})
    except ValidationError as error:
        raise SpecError(shape_diagnostics(graph.document, error, target.settings, at)) from None


def problems(graph: Graph, plan: Plan, target: Target, settings: Settings) -> Iterator[Diagnostic]:
    """What the target cannot honour, at the place that asks for it."""
    for problem in check_target(target, plan, settings):
        if problem.code == "W605" and not _written_for(graph, problem):
            continue
        span = graph.key_span(problem.at) if problem.on_key else graph.span(problem.at)
        yield Diagnostic(
            problem.code,
            problem.message,
            span,
            severity=problem.severity,
            label=problem.label,
            hint=problem.hint,
            related=tuple(_related(graph, problem)),
        )


def problems_or_raise(graph: Graph, plan: Plan, target: Target, settings: Settings) -> None:
    """Raises SpecError when the target cannot honour something."""
    found = tuple(problems(graph, plan, target, settings))
    if any(one.severity == "error" for one in found):
        raise SpecError(found)


def _related(graph: Graph, problem: Problem) -> Iterator[Related]:
    for message, at in problem.related:
        with suppress(KeyError):
            graph.document.key(at)
            yield Related(message, graph.key_span(at))


def _written_for(graph: Graph, problem: Problem) -> bool:
    """Whether what is told of was written for this environment: the spec's own waivers may be
    there for the others."""
    if graph.environment is None:
        return True
    overlay = graph.span(("environments", graph.environment))
    here = graph.key_span(problem.at)
    return here.file == overlay.file and overlay.line <= here.line <= overlay.end_line
