"""A split in which the earlier part knows what was not known when the later one began."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic
from ...specs.scalars import format_duration
from ..graph import Graph
from .because import because


def check_splits(graph: Graph) -> Iterator[Diagnostic]:
    """E406: a gap shorter than the label's delay."""
    for model in graph.models.values():
        split, delay = model.section.split, model.label_available_after
        at = (*model.at, "split", "gap")
        if split.gap is None:
            continue
        if split.by == "time" and split.gap < delay:
            yield Diagnostic(
                "E406",
                f"`gap` of model `{model.name}` is {format_duration(split.gap)}, and a label is "
                f"known only {format_duration(delay)} after its event: what is learnt from the "
                f"last {format_duration(delay - split.gap)} of a part was not known when the next "
                "part began",
                graph.span(at),
                hint=f"write `gap: {format_duration(delay)}`, or leave it out: that is the default",
                related=because(graph, model.known),
            )
