"""Gates that decide nothing, because no value of the metric could change the answer."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic
from ...specs.metrics import MetricInfo, metric
from ..graph import Graph
from ..plan import Gate, Task


def check_bounds(graph: Graph) -> Iterator[Diagnostic]:
    """E504: a gate outside the range of its metric can never pass, or never fail."""
    for model in graph.models.values():
        for index, gate in enumerate(model.gates):
            low, high, why = _range(gate, model.section.task)
            verdict = _verdict(gate, low, high)
            if verdict:
                yield Diagnostic(
                    "E504",
                    f"this gate can never {verdict}: {why}",
                    graph.span((*model.at, "gates", index)),
                )


def _verdict(gate: Gate, low: float | None, high: float | None) -> str:
    """What a gate can never do. The ends of a range are met by no measurement of time or size, and
    by no difference of a candidate and a champion that do anything at all."""
    bound = gate.constant
    open_ends = gate.champion is not None or gate.subject.startswith("serving.")
    strict = gate.comparison in (">", "<")
    end, start, sign = (high, low, 1) if gate.comparison in (">=", ">") else (low, high, -1)
    if end is not None and _beyond(sign * bound, sign * end, met=strict or open_ends):
        return "pass"
    if start is not None and _beyond(sign * start, sign * bound, met=not strict or open_ends):
        return "fail"
    return ""


def _beyond(one: float, other: float, *, met: bool) -> bool:
    return one > other or (met and one == other)


def _range(gate: Gate, task: Task) -> tuple[float | None, float | None, str]:
    """Between what the subject, less the champion where there is one, can lie; and in words."""
    name = gate.subject.rpartition(".")[2]
    info = metric(name, task)
    theirs = metric((gate.champion or "").rpartition(".")[2], task)
    if gate.champion is None:
        if info is None:
            return 0, None, f"`{name}` lies above 0"
        return info.low, info.high, f"`{name}` lies {_words(info)}"
    if info is None or theirs is None:
        return None, None, ""
    low = None if info.low is None or theirs.high is None else info.low - theirs.high
    high = None if info.high is None or theirs.low is None else info.high - theirs.low
    return low, high, f"`{name}` lies {_words(info)}, and so does the champion's"


def _words(info: MetricInfo) -> str:
    if info.low is not None and info.high is not None:
        return f"between {info.low:g} and {info.high:g}"
    return f"above {info.low:g}" if info.low is not None else f"below {info.high or 0:g}"
