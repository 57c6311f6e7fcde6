"""What a run tells while it goes, and what it has come to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import GateError, StepError
from .usage import Usage
from .value import Value

# done: run now. cached: its value was there. blocked: something it needs went wrong. skipped: not
# asked for and not needed, or not started before an interrupt. cancelled: stopped by an interrupt.
StepState = Literal["done", "cached", "failed", "gate_failed", "blocked", "skipped", "cancelled"]
RunState = Literal["done", "failed", "gate_failed", "interrupted"]

GOOD: frozenset[StepState] = frozenset({"done", "cached"})


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins. `steps` are the steps asked for and all that they stand on, in order."""

    run_id: str
    plan: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step is handed to the executor. `why` says why its value is not at hand."""

    step_id: str
    key: str
    why: str


@dataclass(frozen=True, slots=True)
class StepRetried:
    """The machine under a step was lost; it is tried again."""

    step_id: str
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class StepFellBack:
    """A step begins without the GPU that it asks for, as its `fallback` allows."""

    step_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step has come to its end. `seconds` is what it took to run, without waiting."""

    step_id: str
    state: StepState
    seconds: float = 0.0
    key: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    error: StepError | None = None


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over."""

    run_id: str
    state: RunState
    seconds: float


Event = RunStarted | StepStarted | StepFellBack | StepRetried | StepFinished | RunFinished
OnEvent = Callable[[Event], None]


def ignore(event: Event) -> None:
    """For whoever does not watch."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of a step. `value` is set when it is done or cached."""

    step_id: str
    state: StepState
    key: str | None = None
    seconds: float = 0.0
    value: Value | None = None
    error: StepError | None = None
    usage: Usage | None = None

    @property
    def good(self) -> bool:
        return self.state in GOOD

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.value.facts if self.value else {}


@dataclass(frozen=True, slots=True)
class RunResult:
    """What became of a run, step by step in the plan's order."""

    run_id: str
    state: RunState
    steps: Mapping[str, StepResult]
    seconds: float

    def of_state(self, *states: StepState) -> tuple[str, ...]:
        """The ids of the steps in one of `states`, in the plan's order."""
        return tuple(step_id for step_id, r in self.steps.items() if r.state in states)


def failure_state(error: StepError) -> StepState:
    """A gate that does not open is an answer, not an accident: it has its own state."""
    return "gate_failed" if isinstance(error, GateError) else "failed"
