"""The environments of a spec, compiled for a target whose bundle holds all of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from ..compiler.graph import Graph
from ..compiler.plan import Plan
from ..specs.diagnostic import Diagnostic, SpecError
from ..specs.suggest import did_you_mean
from ..targets.target import Layered, Settings, Target, Variant
from .targets import compiled, problems_or_raise, settings_of

Environments = Callable[[str], tuple[Graph, Plan]]


def environments_of(path: Path) -> Environments:
    """Compiles each environment that is asked for, once. What is found wrong bears its name."""

    @cache
    def environment(name: str) -> tuple[Graph, Plan]:
        with _naming(name):
            return compiled(path, name)

    return environment


def variants(
    graph: Graph, target: Target, settings: Settings, environments: Environments
) -> Iterator[Variant]:
    """One for each environment that gets an overlay. Raises SpecError."""
    if graph.environment is not None or not isinstance(target, Layered):
        return
    for name in _wanted(graph, target.name, target.environments(settings)):
        merged, plan = environments(name)
        with _naming(name):
            _, told = settings_of(merged, target.name, settings.bundle)
            if target.name not in merged.spec.targets:
                problems_or_raise(merged, plan, target, told)
        yield Variant(name, plan, told, graph.place(("environments", name)))


def _wanted(graph: Graph, target: str, chosen: Sequence[str] | None) -> tuple[str, ...]:
    declared = tuple(graph.spec.environments)
    unknown = [name for name in chosen or () if name not in declared]
    if unknown:
        named = "overlays" in graph.spec.targets.get(target, {})
        raise SpecError(
            Diagnostic(
                "E602",
                f"target `{target}`: there is no environment `{name}`",
                graph.key_span(("targets", target, "overlays")) if named else None,
                label=did_you_mean(name, declared),
            )
            for name in unknown
        )
    return declared if chosen is None else tuple(chosen)


@contextmanager
def _naming(environment: str) -> Iterator[None]:
    """What is found wrong inside is about an environment, and says so."""
    try:
        yield
    except SpecError as error:
        prefix = f"environment `{environment}`: "
        raise SpecError(
            replace(one, message=f"{prefix}{one.message}") for one in error.diagnostics
        ) from None
