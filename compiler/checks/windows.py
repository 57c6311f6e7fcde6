"""A window or ttl that can never, or seldom, hold a row.

These rules need the sections alone, so that they speak even where an expression is wrong.
"""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.document import Path
from ...specs.scalars import format_duration
from ...specs.sections.features import FeatureView
from ..graph import Graph


def check_windows(graph: Graph) -> Iterator[Diagnostic]:
    """E401 and E403: durations that contradict `available_after` and `refresh`."""
    for name, view in graph.spec.features.items():
        at: Path = ("features", name)
        yield from _windows(graph, name, view, at)
        if view.ttl is not None:
            yield from _ttl(graph, name, view, view.ttl, at)


def _windows(graph: Graph, name: str, view: FeatureView, at: Path) -> Iterator[Diagnostic]:
    for index, length in enumerate(view.windows):
        if length <= view.available_after:
            place: Path = (*at, "windows", index)
            yield Diagnostic(
                "E401",
                f"window {graph.document.value(place)} of view `{name}` can never hold a row: "
                f"rows are known only {format_duration(view.available_after)} after their event",
                graph.span(place),
                hint=f"use windows longer than {format_duration(view.available_after)}",
                related=_lag(graph, at),
            )


def _ttl(graph: Graph, name: str, view: FeatureView, ttl: int, at: Path) -> Iterator[Diagnostic]:
    if ttl <= view.available_after:
        yield Diagnostic(
            "E403",
            f"view `{name}` is always null: its ttl of {format_duration(ttl)} has run out "
            f"before a row is known, {format_duration(view.available_after)} after its event",
            graph.span((*at, "ttl")),
            related=_lag(graph, at),
        )
        return
    source = graph.spec.sources.get(view.source or "")
    if source is None or source.refresh is None:
        return
    covered = ttl - view.available_after
    if covered < source.refresh:
        share = 1 - covered / source.refresh
        enough = source.refresh + view.available_after
        yield Diagnostic(
            "E403",
            f"view `{name}` is null about {share:.0%} of the time: a row is usable for "
            f"{format_duration(covered)}, and the next one comes after "
            f"{format_duration(source.refresh)}",
            graph.span((*at, "ttl")),
            hint=f"use a ttl of at least {format_duration(enough)}",
            related=(
                Related(
                    "`refresh` is declared here",
                    graph.key_span(("sources", view.source or "", "refresh")),
                ),
            ),
        )


def _lag(graph: Graph, at: Path) -> tuple[Related, ...]:
    place = graph.key_span((*at, "available_after"))
    return (Related("`available_after` is declared here", place),)
