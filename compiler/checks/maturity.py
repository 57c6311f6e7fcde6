"""A monitor that asks for labels which cannot be there yet."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.scalars import format_duration
from ..graph import Graph, MonitorNode
from .because import because


def check_maturity(graph: Graph) -> Iterator[Diagnostic]:
    """E405: the window that a monitor looks at is over before the first label is known."""
    for monitor in graph.monitors.values():
        section = monitor.section
        window = section.window or section.every or 0
        model = monitor.deployment.model
        delay = model.label_available_after
        if section.performance is None:
            continue
        if window <= delay:
            yield Diagnostic(
                "E405",
                f"monitor `{monitor.name}` looks back {format_duration(window)}, and labels of "
                f"`{model.name}` are known only after {format_duration(delay)}",
                graph.key_span((*monitor.at, "performance")),
                hint=f"set a `window` longer than {format_duration(delay)}",
                related=because(graph, model.known),
            )
        yield from _batch(graph, monitor, delay)


def _batch(graph: Graph, monitor: MonitorNode, delay: int) -> Iterator[Diagnostic]:
    """A monitor of a batch sees the rows that it scored last, and no older ones."""
    deployment = monitor.deployment
    batch = deployment.section.batch
    if batch is not None and batch.last is not None and batch.last <= delay:
        last = format_duration(batch.last)
        yield Diagnostic(
            "E405",
            f"monitor `{monitor.name}` never finds a label: `{deployment.name}` scores the rows "
            f"of the last {last}, and their labels are known only after {format_duration(delay)}",
            graph.key_span((*monitor.at, "performance")),
            hint=f"let the batch score more: `last` longer than {format_duration(delay)}",
            related=(
                Related(
                    "`last` is declared here", graph.key_span((*deployment.at, "batch", "last"))
                ),
                *because(graph, deployment.model.known),
            ),
        )
