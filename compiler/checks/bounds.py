"""Gates that decide nothing, because no value of the metric could change the answer."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic
from ...specs.metrics import MetricInfo, metric
from ..graph import Graph
from ..plan import Gate


def check_bounds(graph: Graph) -> Iterator[Diagnostic]:
    """E504: a gate outside the range of its metric can never pass, or never fail."""
    for model in graph.models.values():
        for index, gate in enumerate(model.gates):
            info = metric(gate.subject.rpartition(".")[2])
            if info is None or gate.champion is not None:
                continue
            verdict = _verdict(gate, info)
            if verdict:
                yield Diagnostic(
                    "E504",
                    f"this gate can never {verdict}: `{info.name}` lies {_range(info)}",
                    graph.span((*model.at, "gates", index)),
                )


def _verdict(gate: Gate, info: MetricInfo) -> str:
    bound, low, high = gate.constant, info.low, info.high
    if gate.comparison in (">=", ">"):
        strict = gate.comparison == ">"
        if high is not None and (bound > high or (strict and bound == high)):
            return "pass"
        return "fail" if low is not None and (bound < low or (not strict and bound == low)) else ""
    strict = gate.comparison == "<"
    if low is not None and (bound < low or (strict and bound == low)):
        return "pass"
    return "fail" if high is not None and (bound > high or (not strict and bound == high)) else ""


def _range(info: MetricInfo) -> str:
    if info.low is not None and info.high is not None:
        return f"between {info.low:g} and {info.high:g}"
    return f"above {info.low:g}" if info.low is not None else f"below {info.high or 0:g}"
