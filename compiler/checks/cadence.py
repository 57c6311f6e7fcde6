"""A rhythm that no scheduler can keep."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic
from ...specs.scalars import format_duration
from ..cadence import cron_every
from ..graph import Graph


def check_cadence(graph: Graph) -> Iterator[Diagnostic]:
    """E210: `every` must be a rhythm that cron can express evenly."""
    for monitor in graph.monitors.values():
        every = monitor.section.every
        if every is not None and cron_every(every) is None:
            yield Diagnostic(
                "E210",
                f"every {format_duration(every)} is no rhythm that a scheduler can keep evenly",
                graph.span((*monitor.at, "every")),
                hint="use minutes that divide an hour, hours that divide a day, 1d or 1w",
            )
