"""Gates: a candidate's measurements held against constants and the champion's."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from operator import ge, gt, le, lt
from typing import Any

from ...compiler.plan import Gate
from ..monitoring.wording import measured

_COMPARE = {">=": ge, "<=": le, ">": gt, "<": lt}


@dataclass(frozen=True, slots=True)
class Measurements:
    """What is known about one version: its `metrics.json`, and what the probe measured."""

    metrics: Mapping[str, Any]
    serving: Mapping[str, Any] = field(default_factory=dict)

    def value(self, subject: str) -> float | None:
        """`test.roc_auc`, `slice.origin.roc_auc` (the worst slice), `serving.latency_p99`."""
        place, _, rest = subject.partition(".")
        match place:
            case "serving":
                found = self.serving.get(rest)
            case "slice":
                column, _, name = rest.rpartition(".")
                found = _at(self.metrics, "worst", column, name, "value")
            case _:
                found = _at(self.metrics, place, rest)
        return float(found) if isinstance(found, int | float) else None

    def note(self, subject: str) -> str:
        """Which slice a `slice.…` subject speaks of."""
        place, _, rest = subject.partition(".")
        column, _, name = rest.rpartition(".")
        worst = _at(self.metrics, "worst", column, name, "slice") if place == "slice" else None
        return f"worst slice: {column} = {worst}" if worst is not None else ""


@dataclass(frozen=True, slots=True)
class GateResult:
    """What became of a gate. `bound` is None where it was waived or cannot be told."""

    text: str
    value: float | None
    bound: float | None
    passed: bool
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def hold(gate: Gate, candidate: Measurements, champion: Measurements | None) -> GateResult:
    """A gate on the champion is waived while there is none; what was not measured fails."""
    value = candidate.value(gate.subject)
    if value is None:
        return GateResult(gate.text, None, None, False, f"`{gate.subject}` was not measured")
    note = candidate.note(gate.subject)
    bound = gate.constant
    if gate.champion is not None:
        if champion is None:
            waived = "waived: there is no champion to compare with"
            return GateResult(gate.text, value, None, True, waived)
        theirs = champion.value(champion_subject(gate))
        if theirs is None:
            return GateResult(gate.text, value, None, False, _unknown(gate))
        bound += theirs
        note = "; ".join(filter(None, (note, f"champion: {measured(gate.subject, theirs)}")))
    return GateResult(gate.text, value, bound, _COMPARE[gate.comparison](value, bound), note)


def champion_subject(gate: Gate) -> str:
    """`champion.roc_auc` beside `test.roc_auc` is the champion's `test.roc_auc`."""
    name = gate.champion or ""
    return name if "." in name else f"{gate.subject.rpartition('.')[0]}.{name}"


def _unknown(gate: Gate) -> str:
    return f"the champion's `{champion_subject(gate)}` is not known"


def _at(data: Any, *path: str) -> Any:
    for name in path:
        if not isinstance(data, Mapping) or name not in data:
            return None
        data = data[name]
    return data
