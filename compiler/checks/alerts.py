"""Bounds of a monitor that nothing, or everything, exceeds."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.document import Path
from ...specs.metrics import metric
from ..graph import Graph, MonitorNode

_HIGHEST = {"psi": None, "ks": 1.0, "js": 1.0}
"""The largest distance that a method of drift can measure; all of them begin at 0."""


def check_alerts(graph: Graph) -> Iterator[Diagnostic]:
    """E516: a monitor that can never alert, or that always does."""
    for monitor in graph.monitors.values():
        for key, message, hint in (
            *_drift(monitor),
            *_performance(monitor),
            *_service(monitor),
        ):
            place = graph.span((*monitor.at, *key))
            yield Diagnostic("E516", message, place, hint=hint)
        log = monitor.deployment.section.log
        if monitor.deployment.section.online is not None and log.sample == 0:
            at = monitor.deployment.at
            yield Diagnostic(
                "E516",
                f"monitor `{monitor.name}` never sees a row: nothing of "
                f"`{monitor.deployment.name}` is logged",
                graph.span((*monitor.at, "watch")),
                hint="log a share of the requests, such as `sample: 10%`",
                related=(
                    Related("`sample` is declared here", graph.key_span((*at, "log", "sample"))),
                ),
            )


Found = tuple[Path, str, str]


def _drift(monitor: MonitorNode) -> Iterator[Found]:
    drift = monitor.section.drift
    if drift is None:
        return
    highest = _HIGHEST[drift.method]
    for key, bound in (("warn", drift.warn), ("alert", drift.alert)):
        at: Path = ("drift", key)
        if highest is not None and bound > highest:
            message = f"this can never {key}: the {drift.method.upper()} distance is at most "
            yield at, f"{message}{highest:g}", "use a bound between 0 and 1"
        elif bound < 0:
            message = f"a distance is never below 0, so that {bound:g} bounds nothing"
            yield at, message, "use a bound above 0"


def _performance(monitor: MonitorNode) -> Iterator[Found]:
    wanted = monitor.section.performance
    task = monitor.deployment.model.section.task
    info = metric(wanted.metric, task) if wanted is not None else None
    if wanted is None or info is None:
        return
    low, high = wanted.min, wanted.max
    if low is not None and high is not None and low > high:
        message = f"this always alerts: nothing lies between a `min` of {low:g} and a `max` of "
        yield ("performance", "max"), f"{message}{high:g}", "use a `max` above `min`"
        return
    for key, bound, first, last in (
        ("min", low, info.low, info.high),
        ("max", high, info.high, info.low),
    ):
        if bound is None:
            continue
        sign = 1 if key == "min" else -1
        if last is not None and sign * bound > sign * last:
            message = f"this always alerts: `{info.name}` is {_side(sign)} {last:g}"
        elif first is not None and sign * bound <= sign * first:
            message = f"this can never alert: `{info.name}` is {_side(-sign)} {first:g}"
        else:
            continue
        yield ("performance", key), message, "use a bound that the metric can cross"


def _side(sign: int) -> str:
    return "at most" if sign > 0 else "at least"


def _service(monitor: MonitorNode) -> Iterator[Found]:
    service = monitor.section.service
    if service is None:
        return
    if service.latency_p99 == 0:
        message = "this always alerts: every answer takes longer than 0s"
        yield ("service", "latency_p99"), message, "use a bound such as `50ms`"
    if service.error_rate == 1:
        message = "this can never alert: no more than 100% of requests can fail"
        yield ("service", "error_rate"), message, "use a bound such as `1%`"
