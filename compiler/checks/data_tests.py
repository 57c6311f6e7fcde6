"""Data tests that contradict each other, their column, or the rhythm of the data."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.document import Path
from ...specs.scalars import format_duration
from ...specs.types import Kind
from ..availability import rows_known, share, uncovered
from ..graph import Graph, SourceNode
from .because import because

_VALUES: dict[Kind, type | tuple[type, ...]] = {
    Kind.BOOL: bool,
    Kind.INT: int,
    Kind.FLOAT: int,
    Kind.STRING: str,
}


def check_data_tests(graph: Graph) -> Iterator[Diagnostic]:
    """E513: tests that no data, or not all that another accepts, can pass; E415: `fresh`."""
    for source in graph.sources.values():
        yield from _ranges(graph, source)
        yield from _accepted(graph, source)
        for index, check in enumerate(source.checks):
            if check.fresh is not None:
                yield from _fresh(graph, source, check.fresh, (*source.at, "checks", index))


def _never(graph: Graph, at: Path, why: str, related: tuple[Related, ...] = ()) -> Diagnostic:
    return Diagnostic("E513", f"no data passes this test: {why}", graph.span(at), related=related)


def _ranges(graph: Graph, source: SourceNode) -> Iterator[Diagnostic]:
    """Bounds on what is no number, or apart from those of an earlier test."""
    seen: dict[str, tuple[float, float, Path]] = {}
    for index, check in enumerate(source.checks):
        for column, (low, high) in (check.in_range or {}).items():
            at: Path = (*source.at, "checks", index, "in_range", column)
            kind = source.columns[column].kind if column in source.columns else Kind.FLOAT
            if kind not in (Kind.INT, Kind.FLOAT):
                yield _never(graph, at, f"`{column}` is a {kind}, and a range is of numbers")
            elif column in seen and (low > seen[column][1] or high < seen[column][0]):
                first = seen[column]
                other = Related("the other range is here", graph.span(first[2]))
                why = f"[{low:g}, {high:g}] and [{first[0]:g}, {first[1]:g}] have nothing in common"
                yield _never(graph, at, why, (other,))
            else:
                seen.setdefault(column, (low, high, at))


def _accepted(graph: Graph, source: SourceNode) -> Iterator[Diagnostic]:
    ranges = {
        column: (bounds, (*source.at, "checks", index, "in_range", column))
        for index, check in enumerate(source.checks)
        for column, bounds in (check.in_range or {}).items()
    }
    for index, check in enumerate(source.checks):
        for column, values in (check.accepted or {}).items():
            at: Path = (*source.at, "checks", index, "accepted", column)
            if not values:
                yield _never(graph, at, "it accepts nothing")
            kind = source.columns[column].kind if column in source.columns else None
            for place, value in enumerate(values):
                wanted = None if kind is None else _VALUES.get(kind)
                if kind is None or wanted is None:
                    continue
                if not isinstance(value, wanted) or isinstance(value, bool) != (kind is Kind.BOOL):
                    yield Diagnostic(
                        "E513",
                        f"`{column}` never holds this: it is a {kind}",
                        graph.span((*at, place)),
                        hint="write values of the column's type",
                        related=(
                            Related(
                                f"source `{source.name}` is declared here",
                                graph.key_span(source.at),
                            ),
                        ),
                    )
                elif column in ranges and not isinstance(value, str):
                    (low, high), other = ranges[column]
                    if not low <= value <= high:
                        yield Diagnostic(
                            "E513",
                            f"{value} is accepted here, and outside of the range of `{column}`, "
                            f"[{low:g}, {high:g}]",
                            graph.span((*at, place)),
                            hint="remove it, or widen the range",
                            related=(Related("the range is here", graph.span(other)),),
                        )


def _fresh(graph: Graph, source: SourceNode, within: int, at: Path) -> Iterator[Diagnostic]:
    """Just before new rows arrive, the newest is as old as the refresh and the lag together."""
    refresh = source.section.refresh
    known = rows_known(source.name, source.section)
    if refresh is None:
        return
    stale = uncovered(refresh, within - known.after)
    if stale:
        late = f", {format_duration(known.after)} after their event" if known.after else ""
        yield Diagnostic(
            "E415",
            f"this test fails about {share(stale)} of the time: new rows of `{source.name}` come "
            f"every {format_duration(refresh)}{late}, so that the newest is up to "
            f"{format_duration(refresh + known.after)} old",
            graph.span((*at, "fresh")),
            hint=f"write `fresh: {format_duration(refresh + known.after)}`, or longer",
            related=(
                Related("`refresh` is declared here", graph.key_span((*source.at, "refresh"))),
                *because(graph, known),
            ),
        )
