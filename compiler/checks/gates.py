"""Gates of one model beside each other, and beside the bounds of its monitors."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.metrics import metric
from ..graph import Graph, ModelNode, MonitorNode
from ..plan import Gate, Task


def check_gates(graph: Graph) -> Iterator[Diagnostic]:
    """E508 for gates that exclude each other, W509 for needless ones, W510 for laxer ones."""
    for model in graph.models.values():
        yield from _beside(graph, model)
    for monitor in graph.monitors.values():
        yield from _performance(graph, monitor)
        yield from _latency(graph, monitor)


def _beside(graph: Graph, model: ModelNode) -> Iterator[Diagnostic]:
    """Per subject and kind of bound the strictest gate of each direction is kept."""
    lows: dict[tuple[str, str | None], int] = {}
    highs: dict[tuple[str, str | None], int] = {}
    for index, gate in enumerate(model.gates):
        same, opposite = (lows, highs) if _is_low(gate) else (highs, lows)
        about = (gate.subject, gate.champion)
        against = opposite.get(about)
        if against is not None and _exclude(gate, model.gates[against]):
            yield Diagnostic(
                "E508",
                f"no value passes both `{gate.text}` and `{model.gates[against].text}`",
                graph.span((*model.at, "gates", index)),
                hint="remove one of them, or leave room between the two",
                related=(_other(graph, model, against),),
            )
        first = same.setdefault(about, index)
        if first == index:
            continue
        stricter, laxer = (
            (index, first)
            if _strictness(gate) > _strictness(model.gates[first])
            else (first, index)
        )
        same[about] = stricter
        yield Diagnostic(
            "W509",
            f"`{model.gates[laxer].text}` decides nothing: what passes "
            f"`{model.gates[stricter].text}` passes it too",
            graph.span((*model.at, "gates", laxer)),
            severity="warning",
            hint="remove it",
            related=(_other(graph, model, stricter),),
        )


def _other(graph: Graph, model: ModelNode, index: int) -> Related:
    return Related("the other gate is here", graph.span((*model.at, "gates", index)))


def _is_low(gate: Gate) -> bool:
    return gate.comparison in (">=", ">")


def _strictness(gate: Gate) -> tuple[float, bool]:
    bound = gate.constant if _is_low(gate) else -gate.constant
    return bound, gate.comparison in (">", "<")


def _exclude(one: Gate, other: Gate) -> bool:
    low, high = (one, other) if _is_low(one) else (other, one)
    open_end = low.comparison == ">" or high.comparison == "<"
    return low.constant > high.constant or (low.constant == high.constant and open_end)


def _performance(graph: Graph, monitor: MonitorNode) -> Iterator[Diagnostic]:
    """An alert at a value with which a version is promoted."""
    wanted, model = monitor.section.performance, monitor.deployment.model
    if wanted is None or not model.gates:
        return
    subject = f"test.{wanted.metric}"
    retrains = any(action.retrain == model.name for action in monitor.section.on_alert)
    for key, bound, low in (("min", wanted.min, True), ("max", wanted.max, False)):
        if bound is None or _senseless(wanted.metric, model.section.task, bound):
            continue
        own = [
            (index, gate)
            for index, gate in enumerate(model.gates)
            if gate.subject == subject and gate.champion is None and _is_low(gate) is low
        ]
        index, gate = max(own, key=lambda one: _strictness(one[1]), default=(0, None))
        side = ">=" if low else "<="
        if gate is None:
            if not retrains:
                continue
            told = "no gate asks for it: a version that was trained on this alert may raise it"
            place = graph.key_span((*model.at, "gates"))
        elif (gate.constant >= bound) if low else (gate.constant <= bound):
            continue
        else:
            told = f"`{gate.text}` lets such a version pass"
            place = graph.span((*model.at, "gates", index))
        again = ", and the alert trains it again" if retrains else ""
        under = "below" if low else "above"
        yield Diagnostic(
            "W510",
            f"monitor `{monitor.name}` alerts at a `{wanted.metric}` {under} {bound:g}, and "
            f"{told}{again}",
            graph.span((*monitor.at, "performance", key)),
            severity="warning",
            hint=f"use the gate `{subject} {side} {bound:g}`, or another `{key}`",
            related=(Related(f"the gates of `{model.name}` are here", place),),
        )


def _senseless(name: str, task: Task, bound: float) -> bool:
    """A bound that always or never alerts is told elsewhere (E516)."""
    info = metric(name, task)
    if info is None:
        return True
    return (info.low is not None and bound <= info.low) or (
        info.high is not None and bound >= info.high
    )


def _latency(graph: Graph, monitor: MonitorNode) -> Iterator[Diagnostic]:
    """An answer takes at least as long as the model in it."""
    service, model = monitor.section.service, monitor.deployment.model
    if service is None or not service.latency_p99:
        return
    bound = service.latency_p99 / 1e6
    own = [
        (gate.constant, index)
        for index, gate in enumerate(model.gates)
        if gate.subject == "serving.latency_p99" and gate.champion is None and not _is_low(gate)
    ]
    constant, index = min(own, default=(bound, 0))
    if constant > bound:
        yield Diagnostic(
            "W510",
            f"monitor `{monitor.name}` alerts when p99 is above {bound * 1e3:g}ms, and "
            f"`{model.gates[index].text}` lets a model pass that alone takes longer",
            graph.span((*monitor.at, "service", "latency_p99")),
            severity="warning",
            hint=f"use the gate `serving.latency_p99 <= {bound * 1e3:g}ms`, or a longer bound here",
            related=(Related("the gate is here", graph.span((*model.at, "gates", index))),),
        )
