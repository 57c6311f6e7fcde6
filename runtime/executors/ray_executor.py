"""Each step a Ray task, or an actor where it holds a device."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...compiler.plan import Plan, Step
from ..errors import StepError
from ..execute import Outcome, Task, as_step_error, attempt
from ..library import Library
from ..needed_libraries import require_libraries
from ..open import STATE_FOLDER, Place
from ..workspace import Workspace
from .executor import OnRetry
from .ray_cluster import connect, import_ray, start_local, stop_local
from .ray_resources import asked, nodes_of, options, place_on_nodes, wait_for_nodes
from .shared_folders import require_shared
from .shipment import Shipment

RETRIES = 3
BACKOFF_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all tasks of a run have in common, sent to the cluster once."""

    plan: Plan
    place: Place
    library: Library
    shipped: bool


@dataclass(slots=True)
class _Flight:
    """A submitted task; `actor` when it runs in one, `due` while it waits to be tried again."""

    task: Task
    attempt: int = 1
    actor: Any = None
    due: float | None = None


class RayExecutor:
    """An `Executor` on a Ray cluster of its own on this machine, or on the one at `address`.

    Values travel by key through the artifact store, which every node must reach. A `shipment`
    sends the project folder along, for clusters that do not share it; what a step does outside the
    artifact store is then delivered here. With `patience`, in seconds, an autoscaler is given time
    to add the nodes that the steps need. A process that has already called `ray.init` is used as it
    is. A lost machine or worker costs up to `retries` attempts.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        shipment: Shipment | None = None,
        patience: float = 0.0,
        num_cpus: float | None = None,
        num_gpus: float | None = None,
        retries: int = RETRIES,
        backoff: float = BACKOFF_SECONDS,
    ) -> None:
        self._address = address
        self._shipment = shipment
        self._patience = patience
        self._local = (num_cpus, num_gpus)
        self._retries = retries
        self._backoff = backoff
        self._ray: Any = None
        self._stop: Callable[[], None] = _nothing
        self._shared: Any = None
        self._total: Mapping[str, float] = {}
        self._flights: dict[Any, _Flight] = {}
        self._delayed: list[_Flight] = []
        self._on_retry: OnRetry = _nothing
        self._workspace: Any = None
        self._library: Any = None

    def start(
        self,
        workspace: Workspace,
        place: Place,
        library: Library,
        steps: Sequence[Step],
        on_retry: OnRetry,
    ) -> Mapping[str, str]:
        self._ray = import_ray()
        if self._address is None:  # another cluster may have what this machine lacks
            require_libraries(steps)
        self._join(place.project)
        if self._patience > 0:
            wait_for_nodes(self._ray, steps, self._patience)
        placed = place_on_nodes(steps, nodes_of(self._ray))
        shipped = self._shipment is not None
        if self._address is not None:
            local = not workspace.plan.stores.shared
            project = None if shipped else place.project
            require_shared(self._ray, place.state if local else None, project)
        self._total = self._ray.cluster_resources()
        self._shared = self._ray.put(_Shared(workspace.plan, place, library, shipped))
        self._workspace = workspace
        self._library = library
        self._on_retry = on_retry
        return placed

    def has_room(self, step: Step) -> bool:
        """On a cluster elsewhere, always: what waits is what its autoscaler goes by."""
        if self._address is not None or not (self._flights or self._delayed):
            return True
        wanted = asked(step.resources)
        flights = [*self._flights.values(), *self._delayed]
        used = [asked(flight.task.step.resources) for flight in flights]
        return all(
            sum(amounts.get(name, 0.0) for amounts in used) + amount <= self._total.get(name, 0.0)
            for name, amount in wanted.items()
        )

    def submit(self, task: Task) -> None:
        self._launch(_Flight(task))

    def wait(self) -> Sequence[Outcome]:
        while True:
            self._launch_due()
            timeout = self._next_due()
            if not self._flights:
                time.sleep(timeout or 0.0)
                continue
            done, _ = self._ray.wait(list(self._flights), num_returns=1, timeout=timeout)
            outcomes = [outcome for ref in done if (outcome := self._collect(ref)) is not None]
            if outcomes:
                return outcomes

    def close(self) -> None:
        for ref, flight in self._flights.items():
            self._end(ref, flight)
        self._flights.clear()
        self._delayed.clear()
        self._shared = None
        stop, self._stop = self._stop, _nothing
        stop()

    def _join(self, project: Path) -> None:
        if self._ray.is_initialized():
            return
        if self._address is None:
            folder = start_local(*self._local)
            self._stop = lambda: stop_local(folder)
            return
        connect(self._address, self._shipment.runtime_env(project) if self._shipment else None)
        self._stop = self._ray.shutdown

    def _launch(self, flight: _Flight) -> None:
        task, resources = flight.task, flight.task.step.resources
        # The plan is already there: what travels is the rest of the task.
        light = (task.step_id, task.key, dict(task.input_keys), task.force, task.without_gpu)
        if resources.gpu > 0:
            # An actor's process ends with it, and so gives the whole device back.
            holder = self._ray.remote(_Holder).options(max_restarts=0, **options(resources))
            flight.actor = holder.remote()
            ref = flight.actor.run.remote(self._shared, *light)
        else:
            # Attempts are counted here, where they can be seen and spaced.
            remote = self._ray.remote(_run_remotely).options(
                name=task.step_id, max_retries=0, **options(resources)
            )
            ref = remote.remote(self._shared, *light)
        flight.due = None
        self._flights[ref] = flight

    def _collect(self, ref: Any) -> Outcome | None:
        flight = self._flights.pop(ref)
        try:
            outcome: Outcome = self._ray.get(ref)
        except Exception as error:
            return self._lost(flight, error)
        finally:
            if flight.actor is not None:
                self._ray.kill(flight.actor)
        return self._delivered(flight.task.step, outcome) if self._shipment else outcome

    def _delivered(self, step: Step, outcome: Outcome) -> Outcome:
        """What the step left in a node's copy of the project, in the project itself."""
        deliver = getattr(self._library(step.kind), "deliver", None)
        if outcome.value is None or deliver is None:
            return outcome
        try:
            deliver(outcome.value, step, self._workspace)
        except Exception as error:
            problem = as_step_error(error, step.id, "", self._workspace.state)
            return replace(outcome, value=None, error=problem)
        return outcome

    def _lost(self, flight: _Flight, error: Exception) -> Outcome | None:
        """Try again when it was the machine; else, or in the end, tell."""
        reason = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
        if isinstance(error, self._ray.exceptions.RayTaskError) or flight.attempt > self._retries:
            problem = StepError(
                f"the step could not be run in {flight.attempt} attempts: {reason}",
                remedy="a worker that is killed often needs more memory than its `resources` ask",
            )
            return Outcome(flight.task.step_id, error=problem)
        flight.attempt += 1
        flight.due = time.monotonic() + self._backoff * 2 ** (flight.attempt - 2)
        self._delayed.append(flight)
        self._on_retry(flight.task.step_id, flight.attempt, reason)
        return None

    def _launch_due(self) -> None:
        now = time.monotonic()
        due = [flight for flight in self._delayed if (flight.due or 0.0) <= now]
        self._delayed = [flight for flight in self._delayed if (flight.due or 0.0) > now]
        for flight in due:
            self._launch(flight)

    def _next_due(self) -> float | None:
        if not self._delayed:
            return None
        return max(0.0, min(flight.due or 0.0 for flight in self._delayed) - time.monotonic())

    def _end(self, ref: Any, flight: _Flight) -> None:
        if flight.actor is not None:
            self._ray.kill(flight.actor)
        else:
            self._ray.cancel(ref, force=True)


class _Holder:
    """The actor that holds a step's device."""

    def run(self, *told: Any) -> Outcome:
        return _run_remotely(*told)


def _run_remotely(
    shared: _Shared,
    step_id: str,
    key: str,
    inputs: dict[str, str],
    force: bool,
    without_gpu: str,
) -> Outcome:
    """In the worker: open the stores, run the step; errors come back as part of the outcome."""
    place = _place_of(shared)
    with place.open(shared.plan) as workspace:
        task = Task(shared.plan, step_id, key, inputs, force, without_gpu)
        return attempt(task, workspace, shared.library)


def _place_of(shared: _Shared) -> Place:
    """A shipped project is the worker's working folder; so is the state, when others keep what it
    would keep."""
    if not shared.shipped:
        return shared.place
    here = Path.cwd()
    state = here / STATE_FOLDER if shared.plan.stores.shared else shared.place.state
    return replace(shared.place, project=here, state=state)


def _nothing(*_: object) -> None:
    return
