"""Run one step: the unit of work of every target."""

import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..compiler.plan import Plan, Step
from .devices import on_cpu
from .errors import StepError
from .events import StepResult, StepState, failure_state
from .keys import find
from .library import Library, built_in
from .scratch import file_name, scratch_folder
from .stores.atomic import new_temporary
from .threads import thread_share, threads_of
from .usage import MemoryMeter, Usage, size_read_of
from .value import Value
from .workspace import StepInputs, Workspace


@dataclass(frozen=True, slots=True)
class Task:
    """A step, ready to run: its key and those of its inputs are known.

    With `force` it runs although its value is there. `without_gpu` says why it has to do without
    the GPU that it asks for; its `step` then asks for none.
    """

    plan: Plan
    step_id: str
    key: str
    input_keys: Mapping[str, str]
    force: bool = False
    without_gpu: str = ""

    @property
    def step(self) -> Step:
        step = self.plan.step(self.step_id)
        if not self.without_gpu:
            return step
        return replace(step, resources=on_cpu(step.resources))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended: a value or an error. `reused`: another run had published it already."""

    step_id: str
    value: Value | None = None
    error: StepError | None = None
    seconds: float = 0.0
    reused: bool = False
    usage: Usage | None = None


def attempt(task: Task, workspace: Workspace, library: Library = built_in) -> Outcome:
    """Execute a task, and tell how it ended: what it raises becomes the outcome's error."""
    started = time.perf_counter()
    try:
        value, usage = _execute(task, workspace, library)
    except Exception as error:
        problem = as_step_error(error, task.step_id, task.key, workspace.state)
        return Outcome(task.step_id, error=problem, seconds=time.perf_counter() - started)
    seconds = time.perf_counter() - started
    return Outcome(task.step_id, value=value, seconds=seconds, reused=usage is None, usage=usage)


def result_of(outcome: Outcome, key: str) -> StepResult:
    """The outcome as a step's result."""
    state: StepState = "cached" if outcome.reused else "done"
    if outcome.error is not None:
        state = failure_state(outcome.error)
    return StepResult(
        outcome.step_id, state, key, outcome.seconds, outcome.value, outcome.error, outcome.usage
    )


def execute_step(task: Task, workspace: Workspace, library: Library = built_in) -> Value:
    """The published value of a step, made now unless it is there. Raises what the step raises."""
    return _execute(task, workspace, library)[0]


def _execute(task: Task, workspace: Workspace, library: Library) -> tuple[Value, Usage | None]:
    """The value, and what it took; None where somebody else had made it."""
    step = task.step
    if not task.force:
        # A retry after a lost machine, or a run beside this one, may have published already.
        value, held = find(step, task.key, workspace, library)
        if value is not None and held:
            return value, None
    meter = MemoryMeter()
    inputs = StepInputs(task.key, load_inputs(task.input_keys, workspace), task.force)
    with (
        scratch_folder(workspace.scratch, step.id) as folder,
        thread_share(threads_of(step)),
    ):
        made = library(step.kind).run(step, inputs, replace(workspace, scratch=folder))
        if task.without_gpu:
            told = {"device": "cpu", "fallback": task.without_gpu}
            made = replace(made, facts={**made.facts, **told})
        value = workspace.store.publish(task.key, made)
    return value, Usage(meter.growth(), size_read_of(inputs.values, value))


def load_inputs(keys: Mapping[str, str], workspace: Workspace) -> dict[str, Value]:
    """The values of a step's inputs. Raises StepError that names the one that is missing."""
    values = {}
    for step_id, key in keys.items():
        value = workspace.store.find(key)
        if value is None:
            raise StepError(
                f"the input {step_id} is not in the artifact store",
                remedy=f"run the step {step_id} first, with the same project, state and instant",
            )
        values[step_id] = value
    return values


def as_step_error(error: Exception, step_id: str, key: str, state: Path) -> StepError:
    """A StepError as it is; anything else as one, with its traceback saved under the state."""
    if isinstance(error, StepError):
        return error
    path = state / "errors" / f"{file_name(step_id)}-{key[:12]}.txt"
    text = "".join(traceback.format_exception(error))
    remedy = f"the traceback is in {path}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = new_temporary(path.parent)
        temporary.write_text(text, encoding="utf-8", errors="replace")
        temporary.replace(path)
    except OSError as problem:
        remedy = f"the traceback could not be saved ({problem}): {text[-2000:]}"
    return StepError(_summary(error), remedy=remedy)


def _summary(error: Exception) -> str:
    told = str(error).strip()
    if isinstance(error, MemoryError):
        told = told or "the step needs more memory than there is"
    return f"{type(error).__name__}: {told}" if told else type(error).__name__
