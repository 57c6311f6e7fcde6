"""Alerts that start training in vain: before it can have helped, or for what it cannot mend."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.document import Path
from ...specs.scalars import format_duration
from ..graph import Graph, MonitorNode
from .because import because


def check_retraining(graph: Graph) -> Iterator[Diagnostic]:
    """E511, W413 and W519: a retraining that never starts, or that asks for the next one."""
    quickest: dict[str, MonitorNode] = {}
    for monitor in graph.monitors.values():
        if not monitor.section.on_alert:
            continue
        model = monitor.section.on_alert[0].retrain
        if monitor.section.drift is None and monitor.section.performance is None:
            yield _never(graph, monitor)
            continue
        yield from _other_model(graph, monitor, model)
        yield from _same_labels(graph, monitor)
        yield from _not_held_back(graph, monitor)
        other = quickest.get(model)
        if other is None or monitor.section.cooldown < other.section.cooldown:
            quickest[model] = monitor
    for monitor in graph.monitors.values():
        if monitor.section.on_alert and "cooldown" in monitor.section.model_fields_set:
            yield from _undone(graph, monitor, quickest.get(monitor.section.on_alert[0].retrain))


def _never(graph: Graph, monitor: MonitorNode) -> Diagnostic:
    return Diagnostic(
        "E511",
        f"monitor `{monitor.name}` never starts this retraining: it watches only the service, "
        "which training does not mend",
        graph.span(_retrain(monitor)),
        hint="remove it, or add `drift` or `performance`",
        related=(Related("`service` is declared here", graph.key_span((*monitor.at, "service"))),),
    )


def _other_model(graph: Graph, monitor: MonitorNode, model: str) -> Iterator[Diagnostic]:
    watched = monitor.deployment.model.name
    if model != watched:
        yield Diagnostic(
            "W519",
            f"monitor `{monitor.name}` watches `{watched}` and trains `{model}` again: `{watched}` "
            "stays as it is, and the alert asks again after each cooldown",
            graph.span(_retrain(monitor)),
            severity="warning",
            hint=f"retrain `{watched}`, and give a deployment of `{model}` a monitor of its own",
            related=(
                Related(
                    f"`{monitor.deployment.name}` deploys `{watched}` here",
                    graph.key_span(monitor.deployment.at),
                ),
            ),
        )


def _same_labels(graph: Graph, monitor: MonitorNode) -> Iterator[Diagnostic]:
    """What the new model predicts has no label, and what has changed is in no training set."""
    section, model = monitor.section, monitor.deployment.model
    delay = model.label_available_after
    rhythm = _rhythm(section.every, section.cooldown)
    if rhythm >= delay or model.name != section.on_alert[0].retrain:
        return
    yield Diagnostic(
        "W413",
        f"monitor `{monitor.name}` may train `{model.name}` every {format_duration(rhythm)}, and "
        f"labels are known only after {format_duration(delay)}: it trains again before the first "
        "label tells what the last training was worth",
        graph.span(_cooldown(monitor)),
        severity="warning",
        hint=f"write `cooldown: {format_duration(delay)}`, or longer",
        related=because(graph, model.known),
    )


def _rhythm(every: int | None, cooldown: int) -> int:
    """The least time between two retrainings: the first look at which the cooldown is over."""
    return cooldown if not every else max(1, -(-cooldown // every)) * every


def _not_held_back(graph: Graph, monitor: MonitorNode) -> Iterator[Diagnostic]:
    section = monitor.section
    written = "cooldown" in section.model_fields_set
    if not written or section.cooldown >= (section.every or 1):
        return
    every = f" every {format_duration(section.every)}" if section.every else ""
    yield Diagnostic(
        "W519",
        f"a cooldown of {format_duration(section.cooldown)} holds nothing back: monitor "
        f"`{monitor.name}` looks{every}, and an alert that lasts trains at each look",
        graph.span((*monitor.at, "cooldown")),
        severity="warning",
        hint="use a cooldown of several looks, or leave it out: it is then a day",
    )


def _undone(graph: Graph, monitor: MonitorNode, other: MonitorNode | None) -> Iterator[Diagnostic]:
    """Each monitor knows only its own retrainings."""
    if other is None or other.section.cooldown >= monitor.section.cooldown:
        return
    model = monitor.section.on_alert[0].retrain
    yield Diagnostic(
        "W519",
        f"monitor `{monitor.name}` leaves `{model}` alone for "
        f"{format_duration(monitor.section.cooldown)}, and `{other.name}` trains it after "
        f"{format_duration(other.section.cooldown)}: a cooldown counts the retrainings of its own "
        "monitor",
        graph.span((*monitor.at, "cooldown")),
        severity="warning",
        hint="give both the same cooldown, or let one of them retrain",
        related=(Related(f"`{other.name}` is declared here", graph.key_span(other.at)),),
    )


def _retrain(monitor: MonitorNode) -> Path:
    return (*monitor.at, "on_alert", 0, "retrain")


def _cooldown(monitor: MonitorNode) -> Path:
    written = "cooldown" in monitor.section.model_fields_set
    return (*monitor.at, "cooldown") if written else _retrain(monitor)
