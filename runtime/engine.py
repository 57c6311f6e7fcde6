"""Run a plan: only what has to run, as soon as it can, and published once."""

import signal
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..compiler.plan import Plan, Step
from ..compiler.upstream import upstream
from .errors import StepError
from .events import (
    OnEvent,
    RunFinished,
    RunResult,
    RunStarted,
    RunState,
    StepFellBack,
    StepFinished,
    StepResult,
    StepRetried,
    StepStarted,
    StepState,
    failure_state,
    ignore,
)
from .execute import Outcome, Task, as_step_error, result_of
from .executors.executor import Executor
from .kept_plans import keep_plan
from .keys import Recipe, find, resolve
from .library import Library, built_in
from .open import Place, sweep
from .predict import predict
from .reasons import Reasons, SpecPlace, nowhere, told_in_one_line
from .records import Record, record_of
from .tracking.after_run import project_results
from .workspace import Workspace


def run(
    plan: Plan,
    place: Place,
    executor: Executor,
    *,
    selection: Set[str] | None = None,
    on_event: OnEvent = ignore,
    force: bool = False,
    library: Library = built_in,
    run_id: str | None = None,
    spec_place: SpecPlace = nowhere,
) -> RunResult:
    """Run the steps of `selection` (all, when None), and of those upstream what they need.

    A selected step runs unless its value is at hand; with `force` it always runs. A step that is
    not selected runs only when its value is not at hand and a step that has to run reads it or is
    guarded by it. A step that fails blocks those after it, and the others go on. SIGINT and
    SIGTERM stop the run. Raises StepError when the executor cannot start; what steps raise is in
    the result.
    """
    with _interruptible(), place.open(plan) as workspace:
        sweep(workspace, place.clock() / 1e6)
        chosen = frozenset(step.id for step in plan) if selection is None else frozenset(selection)
        result = _Run(
            place=place,
            workspace=workspace,
            executor=executor,
            chosen=chosen,
            forced=chosen if force else frozenset(),
            emit=on_event,
            library=library,
            run_id=run_id or uuid.uuid4().hex,
            spec_place=spec_place,
        ).go()
        project_results(workspace, result.steps)
        return result


@dataclass(slots=True)
class _Run:
    """One run. Each step of `order` is in one of the five dictionaries: waiting for its inputs,
    dormant (nobody asks for it: only its key is known), ready, running, or settled."""

    place: Place
    workspace: Workspace
    executor: Executor
    chosen: frozenset[str]
    forced: frozenset[str]
    emit: OnEvent
    library: Library
    run_id: str
    spec_place: SpecPlace
    needed: set[str] = field(init=False)
    reasons: Reasons = field(init=False)
    order: tuple[str, ...] = field(init=False)
    waiting: dict[str, Step] = field(init=False)
    dormant: dict[str, Step] = field(default_factory=dict)
    ready: dict[str, tuple[Step, str]] = field(default_factory=dict)
    running: dict[str, Step] = field(default_factory=dict)
    settled: dict[str, StepResult] = field(default_factory=dict)
    recipes: dict[str, Recipe] = field(default_factory=dict)
    unwritten: list[Record] = field(default_factory=list)
    without_gpu: Mapping[str, str] = field(default_factory=dict)
    started: bool = False

    def __post_init__(self) -> None:
        relevant = upstream(self.plan, self.chosen)
        self.needed = set(self.chosen)
        self.reasons = Reasons(self.workspace, self.library, self.spec_place)
        self.waiting = {step.id: step for step in self.plan if step.id in relevant}
        self.order = tuple(self.waiting)

    @property
    def plan(self) -> Plan:
        return self.workspace.plan

    def go(self) -> RunResult:
        ledger, begun = self.workspace.ledger, time.perf_counter()
        kept = keep_plan(self.plan, self.workspace)
        ledger.start_run(self.run_id, self.plan.name, {"spec": self.plan.spec, "plan": kept})
        self.emit(RunStarted(self.run_id, self.plan.name, self.order))
        state: RunState = "failed"
        try:
            self._loop()
            state = self._state()
        except KeyboardInterrupt:
            state = "interrupted"
        finally:
            self.executor.close()
            self._settle_rest()
            self._write()
            ledger.finish_run(self.run_id, state)
            seconds = time.perf_counter() - begun
            self.emit(RunFinished(self.run_id, state, seconds))
        steps = {step_id: self.settled[step_id] for step_id in self.order}
        return RunResult(self.run_id, state, steps, seconds)

    def _loop(self) -> None:
        while True:
            while self._advance():
                pass
            self._submit_ready()
            self._write()
            if not self.running:
                return
            for outcome in self.executor.wait():
                self._finish(outcome)

    def _advance(self) -> bool:
        """Take every waiting step as far as it goes, in the plan's order."""
        changed = [self._consider(step) for step in tuple(self.waiting.values())]
        return any(changed)

    def _consider(self, step: Step) -> bool:
        """Take a waiting step as far as it goes; whether anything changed."""
        before = self._before(step)
        bad = [i for i in before if i in self.settled and not self.settled[i].good]
        if bad:
            self._settle(StepResult(step.id, "blocked", error=_blocked(bad)))
            return True
        if not all(i in self.settled or i in self.dormant for i in before):
            return False
        try:
            return self._place(step)
        except Exception as error:
            problem = as_step_error(error, step.id, step.fingerprint, self.workspace.state)
            self._settle(StepResult(step.id, failure_state(problem), error=problem))
            return True

    def _before(self, step: Step) -> list[str]:
        """What must be over before the step begins: what it reads, its guards, and those of
        `after` that were asked for in this run."""
        return [*step.inputs, *step.guards, *(i for i in step.after if i in self.chosen)]

    def _place(self, step: Step) -> bool:
        """Resolve the step's key: it is dormant, cached, ready, or calls for its inputs."""
        keys = {step_id: self.recipes[step_id].key for step_id in step.inputs}
        recipe = resolve(step, keys, self.workspace, self.library)
        self.recipes[step.id] = recipe
        if step.id not in self.needed:
            self.dormant[step.id] = self.waiting.pop(step.id)
            return True
        value, held = find(step, recipe.key, self.workspace, self.library)
        if value is not None and held and step.id not in self.forced:
            self._settle(StepResult(step.id, "cached", recipe.key, value=value))
            return True
        asleep = [i for i in (*step.inputs, *step.guards) if i in self.dormant]
        for step_id in asleep:
            self.needed.add(step_id)
            self.waiting[step_id] = self.dormant.pop(step_id)
        if not asleep:
            told = self.reasons.of(step, recipe, value, forced=step.id in self.forced)
            why = told_in_one_line(told)
            self.ready[step.id] = (self.waiting.pop(step.id), why)
        return True

    def _submit_ready(self) -> None:
        if self.ready and not self.started:
            self.without_gpu = self.executor.start(
                self.workspace, self.place, self.library, self._may_run(), self._retried
            )
            self.started = True
        for step_id in [i for i in self.order if i in self.ready]:
            why = self.ready[step_id][1]
            recipe, lacking = self.recipes[step_id], self.without_gpu.get(step_id, "")
            forced = step_id in self.forced
            task = Task(self.plan, step_id, recipe.key, recipe.inputs, forced, lacking)
            if not self.executor.has_room(task.step):
                continue
            self.running[step_id] = self.ready.pop(step_id)[0]
            self.unwritten.append((step_id, recipe.key, "running", {"why": why}))
            # Before the step begins: what it does may go by what came before.
            self._write()
            self.emit(StepStarted(step_id, recipe.key, why))
            if lacking:
                self.emit(StepFellBack(step_id, lacking))
            self.executor.submit(task)

    def _may_run(self) -> list[Step]:
        """The ready steps, and of those after them all that cannot be shown to be cached."""
        known = {
            i: r.key for i, r in self.recipes.items() if i in self.settled or i in self.dormant
        }
        told = predict(
            self.plan, self.workspace, known=known, force=self.forced, library=self.library
        )
        open_steps = {p.step_id for p in told if p.status != "cached"} & {
            *self.waiting,
            *self.ready,
        }
        return [step for step in self.plan if step.id in open_steps]

    def _finish(self, outcome: Outcome) -> None:
        del self.running[outcome.step_id]
        self._settle(result_of(outcome, self.recipes[outcome.step_id].key))

    def _settle(self, result: StepResult) -> None:
        self.waiting.pop(result.step_id, None)
        self.settled[result.step_id] = result
        self.unwritten.append(record_of(result, self.recipes.get(result.step_id)))
        self.emit(
            StepFinished(
                result.step_id, result.state, result.seconds, result.key, result.facts, result.error
            )
        )

    def _write(self) -> None:
        """Bring the ledger up to date, in one transaction."""
        self.workspace.ledger.record_steps(self.run_id, self.unwritten)
        self.unwritten = []

    def _settle_rest(self) -> None:
        """What was at work was cancelled; what never began was skipped."""
        for step_id in [i for i in self.order if i not in self.settled]:
            state: StepState = "cancelled" if step_id in self.running else "skipped"
            recipe = self.recipes.get(step_id)
            self._settle(StepResult(step_id, state, recipe.key if recipe else None))

    def _retried(self, step_id: str, attempt: int, reason: str) -> None:
        self.emit(StepRetried(step_id, attempt, reason))

    def _state(self) -> RunState:
        states = {result.state for result in self.settled.values()}
        if "failed" in states:
            return "failed"
        return "gate_failed" if "gate_failed" in states else "done"


def _blocked(inputs: list[str]) -> StepError:
    return StepError(f"not run, because it needs {', '.join(inputs)}")


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM is what a scheduler sends before it kills: the same answer as to Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
