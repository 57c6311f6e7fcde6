"""A view or a label that is said to be known before its columns are."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic
from ...specs.scalars import format_duration
from ..availability import Known
from ..graph import Graph
from .because import because


def check_availability(graph: Graph) -> Iterator[Diagnostic]:
    """E408: an explicit delay that is shorter than that of a column which is read."""
    for view in graph.views.values():
        yield from _shorter(graph, f"view `{view.name}`", view.known, view.needed)
    for model in graph.models.values():
        what = f"the label of `{model.name}`"
        yield from _shorter(graph, what, model.known, model.needed)


def _shorter(graph: Graph, what: str, known: Known, needed: Known) -> Iterator[Diagnostic]:
    if known.after < needed.after:
        needs = format_duration(needed.after)
        yield Diagnostic(
            "E408",
            f"{what} is said to be known {format_duration(known.after)} after the event, and "
            f"{needed.what}, on which it rests, is known only {needs} after it",
            graph.key_span(known.at),
            hint=f"write `{known.at[-1]}: {needs}`, or leave it out: the columns say it",
            related=because(graph, needed),
        )
