"""A monitor that asks for labels which cannot be there yet."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.scalars import format_duration
from ..graph import Graph


def check_maturity(graph: Graph) -> Iterator[Diagnostic]:
    """E405: the window that a monitor looks at is over before the first label is known."""
    for monitor in graph.monitors.values():
        section = monitor.section
        window = section.window or section.every or 0
        model = monitor.deployment.model
        delay = model.section.examples.label_available_after
        if section.performance is not None and window <= delay:
            yield Diagnostic(
                "E405",
                f"monitor `{monitor.name}` looks back {format_duration(window)}, and labels of "
                f"`{model.name}` are known only after {format_duration(delay)}",
                graph.key_span((*monitor.at, "performance")),
                hint=f"set a `window` longer than {format_duration(delay)}",
                related=(
                    Related(
                        "the delay of the label is declared here",
                        graph.key_span((*model.at, "examples", "label_available_after")),
                    ),
                ),
            )
