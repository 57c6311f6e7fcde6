"""What is declared and read by nothing."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic
from ...specs.document import Path
from ...specs.expressions.ir import columns
from ..graph import Graph, ViewNode


def check_unused(graph: Graph) -> Iterator[Diagnostic]:
    """W502 for views, W503 for sources, W512 for parts of them. Silent while one is unbound.

    What an included file declares is for others, too.
    """
    if graph.unknown:
        return
    models = graph.models.values()
    views_used = {view.name for model in models for view in model.views}
    if graph.models:
        for view in graph.views.values():
            if view.name not in views_used:
                yield Diagnostic(
                    "W502",
                    f"no model reads view `{view.name}`",
                    graph.key_span(view.at),
                    severity="warning",
                    hint="add it to a model's `features`, or remove it",
                )
    sources_used = {view.source.name for view in graph.views.values() if view.source}
    sources_used |= {model.source.name for model in models}
    sources_used |= {d.source.name for d in graph.deployments.values() if d.source}
    for source in graph.sources.values():
        if source.name not in sources_used and not graph.document.is_included(source.at):
            yield Diagnostic(
                "W503",
                f"nothing reads source `{source.name}`",
                graph.key_span(source.at),
                severity="warning",
            )
    yield from _entities(graph)
    if graph.models:
        yield from _fields(graph, views_used)
    for view in graph.views.values():
        yield from _inputs(graph, view)


def _entities(graph: Graph) -> Iterator[Diagnostic]:
    used = {view.entity for view in graph.views.values()}
    for name in graph.spec.entities:
        at = ("entities", name)
        if name not in used and not graph.document.is_included(at):
            yield _part(graph, at, f"no view is about entity `{name}`", "remove it")


def _fields(graph: Graph, views_used: set[str]) -> Iterator[Diagnostic]:
    """Fields that no model picks, in views of which one picks others."""
    picked = {(f.view, f.field) for model in graph.models.values() for f in model.features}
    for view in graph.views.values():
        if graph.document.is_included(view.at):
            continue
        for field in view.fields:
            if view.name in views_used and (view.name, field) not in picked:
                yield _part(
                    graph,
                    (*view.at, "fields", field),
                    f"no model reads feature `{view.name}.{field}`, and it is computed with the "
                    "others",
                    "add it to a model's `features`, or remove it",
                )


def _inputs(graph: Graph, view: ViewNode) -> Iterator[Diagnostic]:
    read = {c for bound in view.fields.values() for c in columns(bound.tree)}
    for column in view.inputs:
        if column not in read:
            yield _part(
                graph,
                (*view.at, "inputs", column),
                f"no field of view `{view.name}` reads the input `{column}`, and every request "
                "has to carry it",
                "remove it",
            )


def _part(graph: Graph, at: Path, message: str, hint: str) -> Diagnostic:
    return Diagnostic("W512", message, graph.key_span(at), severity="warning", hint=hint)
