"""A window or ttl that can never, or seldom, hold a row."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.scalars import format_duration
from ..graph import Graph, ViewNode


def check_windows(graph: Graph) -> Iterator[Diagnostic]:
    """E401 and E403: durations that contradict `available_after` and `refresh`."""
    for view in graph.views.values():
        yield from _windows(graph, view)
        if view.ttl is not None:
            yield from _ttl(graph, view, view.ttl)


def _windows(graph: Graph, view: ViewNode) -> Iterator[Diagnostic]:
    for index, (name, length) in enumerate(view.windows):
        if length <= view.available_after:
            yield Diagnostic(
                "E401",
                f"window {name} of view `{view.name}` can never hold a row: rows are known "
                f"only {format_duration(view.available_after)} after their event",
                graph.span((*view.at, "windows", index)),
                hint=f"use windows longer than {format_duration(view.available_after)}",
                related=_lag(graph, view),
            )


def _ttl(graph: Graph, view: ViewNode, ttl: int) -> Iterator[Diagnostic]:
    at = (*view.at, "ttl")
    if ttl <= view.available_after:
        yield Diagnostic(
            "E403",
            f"view `{view.name}` is always null: its ttl of {format_duration(ttl)} has run out "
            f"before a row is known, {format_duration(view.available_after)} after its event",
            graph.span(at),
            related=_lag(graph, view),
        )
        return
    refresh = view.source.section.refresh if view.source else None
    if view.source is None or refresh is None:
        return
    covered = ttl - view.available_after
    if covered < refresh:
        share = 1 - covered / refresh
        yield Diagnostic(
            "E403",
            f"view `{view.name}` is null about {share:.0%} of the time: a row is usable for "
            f"{format_duration(covered)}, and the next one comes after {format_duration(refresh)}",
            graph.span(at),
            hint=f"use a ttl of at least {format_duration(refresh + view.available_after)}",
            related=(
                Related(
                    "`refresh` is declared here",
                    graph.key_span((*view.source.at, "refresh")),
                ),
            ),
        )


def _lag(graph: Graph, view: ViewNode) -> tuple[Related, ...]:
    at = (*view.at, "available_after")
    return (Related("`available_after` is declared here", graph.key_span(at)),)
