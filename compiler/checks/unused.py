"""What is declared and read by nothing."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic
from ..graph import Graph


def check_unused(graph: Graph) -> Iterator[Diagnostic]:
    """W502 for feature views, W503 for sources. Silent while something is left unbound.

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
