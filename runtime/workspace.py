"""Where a plan runs: the project folder, its stores, and the instant it runs for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..compiler.plan import Plan, Step
from .stores.artifacts import ArtifactStore, ValueIndex
from .stores.chosen import Whereabouts
from .stores.ledger import Ledger, LedgerReader
from .stores.online import OnlineIndex, OnlineStore
from .value import Value


class Surroundings(Whereabouts, Protocol):
    """What the key of a step may depend on: the project, and what the stores say of themselves.

    Where `reads_data` is false, only names, sizes, footers and the ledger may be looked at, and
    nothing may be made that is not there: that is how a plan is foretold.
    """

    @property
    def as_of(self) -> int: ...
    @property
    def reads_data(self) -> bool: ...
    @property
    def store(self) -> ValueIndex: ...
    @property
    def ledger(self) -> LedgerReader: ...
    @property
    def online(self) -> OnlineIndex: ...


@dataclass(frozen=True, slots=True)
class Glance:
    """`Surroundings` without the right to read data or to make anything."""

    plan: Plan
    project: Path
    state: Path
    as_of: int
    store: ValueIndex
    ledger: LedgerReader
    online: OnlineIndex
    reads_data: bool = False


@dataclass(frozen=True, slots=True)
class Workspace:
    """What a step may touch besides its inputs.

    `project` is the folder of the spec; paths in the plan are relative to it. `state` is the
    folder of the embedded stores and the prediction log. `as_of` is the run's instant (UTC µs),
    the only clock that steps read. `scratch` is a private, empty folder for the step's files.
    """

    plan: Plan
    project: Path
    state: Path
    scratch: Path
    as_of: int
    store: ArtifactStore
    ledger: Ledger
    online: OnlineStore
    reads_data: bool = True

    def file(self, value: Value, name: str) -> Path:
        """The verified local file `name` of a value."""
        return self.store.fetch(value.files[name])


@dataclass(frozen=True, slots=True)
class StepInputs:
    """The values of a step's inputs, by step id, and the step's own key. `forced`: somebody asks
    for it although it was done."""

    key: str
    values: Mapping[str, Value]
    forced: bool = False

    def of_kind(self, plan: Plan, kind: str) -> tuple[tuple[Step, Value], ...]:
        """The inputs that steps of `kind` made, in the step's input order."""
        return tuple(
            (plan.step(step_id), value)
            for step_id, value in self.values.items()
            if plan.step(step_id).kind == kind
        )

    def one(self, plan: Plan, kind: str) -> Value:
        """The only input of a kind."""
        ((_, value),) = self.of_kind(plan, kind)
        return value
