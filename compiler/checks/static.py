"""A table without event time, read by a model."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ..graph import Graph


def check_static(graph: Graph) -> Iterator[Diagnostic]:
    """W404: what a static table says today may not have been known when the example happened."""
    used = {view.name for model in graph.models.values() for view in model.views}
    for view in graph.views.values():
        if view.kind == "static" and view.name in used and view.source is not None:
            yield Diagnostic(
                "W404",
                f"view `{view.name}` reads a table without event time: it cannot be "
                "point-in-time correct",
                graph.span((*view.at, "source")),
                severity="warning",
                hint="add `event_time` to the source, or make sure that its rows never change",
                related=(
                    Related(
                        f"source `{view.source.name}` is declared here",
                        graph.key_span(view.source.at),
                    ),
                ),
            )
