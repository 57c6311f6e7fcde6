"""Schedules that leave rows out, or do the same work again."""

from collections.abc import Iterator, Mapping

from ...specs.diagnostic import Diagnostic, Related
from ...specs.firings import times_between
from ...specs.scalars import format_duration
from ..availability import rows_known, share, uncovered
from ..graph import DeploymentNode, Graph, MonitorNode


def check_rhythms(graph: Graph) -> Iterator[Diagnostic]:
    """W411 for monitors and W412 for batches that pass over rows; W414 for needless batches."""
    for monitor in graph.monitors.values():
        yield from _look(graph, monitor)
    for deployment in graph.deployments.values():
        schedule = deployment.section.schedule
        if deployment.section.batch is not None and schedule is not None:
            between = times_between(schedule)
            yield from _left_out(graph, deployment, between)
            yield from _again(graph, deployment, between)


def _look(graph: Graph, monitor: MonitorNode) -> Iterator[Diagnostic]:
    every, window = monitor.section.every, monitor.section.window
    if every is None or window is None or window >= every:
        return
    yield Diagnostic(
        "W411",
        f"monitor `{monitor.name}` looks at {format_duration(window)} every "
        f"{format_duration(every)}: {share(uncovered(every, window))} of the log is never looked "
        "at",
        graph.span((*monitor.at, "window")),
        severity="warning",
        hint=f"leave `window` out: it is then `every`, {format_duration(every)}",
        related=(Related("`every` is declared here", graph.key_span((*monitor.at, "every"))),),
    )


def _left_out(
    graph: Graph, deployment: DeploymentNode, between: Mapping[int, int]
) -> Iterator[Diagnostic]:
    """A row is scored if a run falls between its arrival and the end of `last`."""
    batch, source = deployment.section.batch, deployment.source
    if batch is None or source is None or batch.last is None:
        return
    arrival = rows_known(source.name, source.section)
    covered = max(0, batch.last - arrival.after)
    whole = sum(gap * count for gap, count in between.items())
    lost = sum(max(0, gap - covered) * count for gap, count in between.items()) / whole
    if not lost:
        return
    longest = max(between)
    late = f" arrive {format_duration(arrival.after)} late and" if arrival.after else ""
    yield Diagnostic(
        "W412",
        f"batch `{deployment.name}` scores rows that{late} are at most "
        f"{format_duration(batch.last)} old, and up to {format_duration(longest)} pass between "
        f"two runs: about {share(lost)} of the rows are never scored",
        graph.span((*deployment.at, "batch", "last")),
        severity="warning",
        hint=f"write `last: {format_duration(longest + arrival.after)}`, or longer",
        related=(
            Related("`schedule` is declared here", graph.key_span((*deployment.at, "schedule"))),
        ),
    )


def _again(
    graph: Graph, deployment: DeploymentNode, between: Mapping[int, int]
) -> Iterator[Diagnostic]:
    source = deployment.source
    refresh = source.section.refresh if source is not None else None
    if source is None or refresh is None or max(between) >= refresh:
        return
    average = sum(gap * count for gap, count in between.items()) / sum(between.values())
    yield Diagnostic(
        "W414",
        f"batch `{deployment.name}` runs up to every {format_duration(min(between))}, and source "
        f"`{source.name}` has new rows every {format_duration(refresh)}: "
        f"{share(1 - average / refresh)} of the runs score what was scored before",
        graph.span((*deployment.at, "schedule")),
        severity="warning",
        hint="run it as often as new rows arrive, or correct `refresh`",
        related=(Related("`refresh` is declared here", graph.key_span((*source.at, "refresh"))),),
    )
