"""What the steps of a plan will take, learnt from how they went before."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from ..compiler.plan import Plan, SourceParams, Step
from .predict import Prediction
from .sources.problem import SourceError
from .sources.size import source_size
from .stores.ledger import StepRecord
from .usage import Size, size_of, size_read
from .workspace import Surroundings

# From how many runs is learnt: the median of these.
RUNS = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a step yields and takes; None where no earlier run tells. `seconds` of work, `memory` as
    `Usage` has it; `runs` says from how many runs it was learnt."""

    rows: int | None = None
    bytes: int | None = None
    memory: int | None = None
    seconds: float | None = None
    runs: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Of all steps that run. `seconds` one after the other; `longest` is the chain that takes most,
    which no number of machines makes shorter; `unknown` steps have never run before."""

    steps: int
    unknown: int
    seconds: float
    longest: float
    memory: int | None
    bytes: int


def estimate(
    plan: Plan, told: Mapping[str, Prediction], here: Surroundings
) -> Mapping[str, Estimate]:
    """An estimate for each step that is not cached, linear in the size of what the step reads.

    Where the size of an input is not known, what is known of the others decides.
    """
    found: dict[str, Estimate] = {}
    sizes: dict[str, Size] = {}
    for step in plan:
        prediction = told[step.id]
        if prediction.status == "cached":
            sizes[step.id] = Size() if prediction.value is None else size_of(prediction.value)
            continue
        history = here.ledger.history(step.id, RUNS)
        read = _read(step, sizes, here)
        found[step.id] = _learn(history, read)
        known = found[step.id]
        exact = read if isinstance(step.params, SourceParams) else Size()
        rows = exact.rows if exact.rows is not None else known.rows
        size = exact.bytes if exact.bytes is not None else known.bytes
        sizes[step.id] = Size(rows, size)
        if exact.bytes is not None:
            found[step.id] = Estimate(rows, size, known.memory, known.seconds, known.runs)
    return found


def totals(plan: Plan, running: Set[str], estimates: Mapping[str, Estimate]) -> Totals:
    """Over the steps of `running`."""
    ends: dict[str, float] = {}
    for step in plan:
        before = (*step.inputs, *step.guards, *step.after)
        seconds = estimates[step.id].seconds or 0.0 if step.id in running else 0.0
        ends[step.id] = max((ends.get(i, 0.0) for i in before), default=0.0) + seconds
    known = [estimates[i] for i in running]
    memory = [one.memory for one in known if one.memory is not None]
    return Totals(
        len(running),
        sum(one.seconds is None for one in known),
        sum(one.seconds or 0.0 for one in known),
        max(ends.values(), default=0.0),
        max(memory, default=None),
        sum(one.bytes or 0 for one in known),
    )


def _read(step: Step, sizes: Mapping[str, Size], here: Surroundings) -> Size:
    if isinstance(step.params, SourceParams):
        try:
            size = source_size(step.params.source, here.project)
        except (SourceError, OSError):
            return Size()
        return Size(size.rows, size.bytes)
    return size_read(sizes[i] for i in step.inputs)


def _learn(history: Sequence[StepRecord], read: Size) -> Estimate:
    facts = [record.facts for record in history]
    return Estimate(
        _median(facts, "rows", read, round),
        _median(facts, "bytes", read, round),
        _median(facts, "memory", read, round),
        _median(facts, "seconds", read, float),
        len(facts),
    )


def _median(
    facts: Iterable[Mapping[str, Any]], name: str, read: Size, kind: Callable[[float], Any]
) -> Any:
    scaled = [one[name] * _ratio(one, read) for one in facts if one.get(name) is not None]
    if not scaled:
        return None
    # The lower one of the two in the middle; importing `statistics` would take longer.
    return kind(sorted(scaled)[(len(scaled) - 1) // 2])


def _ratio(facts: Mapping[str, Any], read: Size) -> float:
    """How much more there is to read than there was; by rows, or by bytes."""
    for then, now in ((facts.get("rows_in"), read.rows), (facts.get("bytes_in"), read.bytes)):
        if then and now is not None:
            return float(now) / float(then)
    return 1.0
