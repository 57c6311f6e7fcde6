"""A window or ttl that can never, or seldom, hold a row.

These rules need the sections alone, so that they speak even where an expression is wrong.
"""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.document import Path
from ...specs.scalars import format_duration
from ...specs.sections.features import FeatureView
from ..availability import AT_ONCE, Known, rows_known, share, uncovered
from ..graph import Graph
from .because import because


def check_windows(graph: Graph) -> Iterator[Diagnostic]:
    """E401 and E403: durations that contradict `available_after` and `refresh`."""
    for name, view in graph.spec.features.items():
        at: Path = ("features", name)
        known = _known(graph, name, view)
        yield from _windows(graph, name, view, known)
        if view.ttl is not None:
            yield from _ttl(graph, name, view, view.ttl, known, at)


def _known(graph: Graph, name: str, view: FeatureView) -> Known:
    """As bound; of what could not be bound, what is declared."""
    if name in graph.views:
        return graph.views[name].known
    if view.available_after is not None:
        return Known(view.available_after, ("features", name, "available_after"))
    source = graph.spec.sources.get(view.source or "")
    return AT_ONCE if source is None else rows_known(view.source or "", source)


def _windows(graph: Graph, name: str, view: FeatureView, known: Known) -> Iterator[Diagnostic]:
    for index, length in enumerate(view.windows):
        if length <= known.after:
            place: Path = ("features", name, "windows", index)
            after = format_duration(known.after)
            yield Diagnostic(
                "E401",
                f"window {graph.document.value(place)} of view `{name}` can never hold a row: "
                f"rows are known only {after} after their event",
                graph.span(place),
                hint=f"use windows longer than {after}",
                related=because(graph, known),
            )


def _ttl(
    graph: Graph, name: str, view: FeatureView, ttl: int, known: Known, at: Path
) -> Iterator[Diagnostic]:
    if ttl <= known.after:
        yield Diagnostic(
            "E403",
            f"view `{name}` is always null: its ttl of {format_duration(ttl)} has run out "
            f"before a row is known, {format_duration(known.after)} after its event",
            graph.span((*at, "ttl")),
            hint=f"use a ttl longer than {format_duration(known.after)}",
            related=because(graph, known),
        )
        return
    source = graph.spec.sources.get(view.source or "")
    if source is None or source.refresh is None:
        return
    covered = ttl - known.after
    empty = uncovered(source.refresh, covered)
    if empty:
        enough = source.refresh + known.after
        yield Diagnostic(
            "E403",
            f"view `{name}` is null about {share(empty)} of the time: a row is usable for "
            f"{format_duration(covered)}, and the next one comes after "
            f"{format_duration(source.refresh)}",
            graph.span((*at, "ttl")),
            hint=f"use a ttl of at least {format_duration(enough)}",
            related=(
                Related(
                    "`refresh` is declared here",
                    graph.key_span(("sources", view.source or "", "refresh")),
                ),
                *because(graph, known),
            ),
        )
