"""A table without event time, read by a model."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ..graph import Graph, ViewNode


def check_static(graph: Graph) -> Iterator[Diagnostic]:
    """W404: what a static table says today may not have been known when the example happened."""
    used = {view.name for model in graph.models.values() for view in model.views}
    for view in graph.views.values():
        if view.kind == "static" and view.name in used and not _declared(view):
            yield Diagnostic(
                "W404",
                f"view `{view.name}` reads a table without event time: it cannot be "
                "point-in-time correct",
                graph.span((*view.at, "source")),
                severity="warning",
                hint="add `event_time` to the source, or `static: true` if its rows never change",
                related=_source(graph, view),
            )


def _declared(view: ViewNode) -> bool:
    return view.source is not None and view.source.section.static


def _source(graph: Graph, view: ViewNode) -> tuple[Related, ...]:
    if view.source is None:
        return ()
    at = graph.key_span(view.source.at)
    return (Related(f"source `{view.source.name}` is declared here", at),)
