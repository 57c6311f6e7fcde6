"""The ledger: the source of truth for runs, model versions, aliases, alerts and the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

CHAMPION = "champion"
"""The alias of the version that answers."""
CHALLENGER = "challenger"
"""The alias of the version that is to take over from it."""
PROMOTED = "promoted"
"""What the audit log calls it when a plan makes a version the champion, in a rollout or at once."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A registered version. `value_key` is the key of the train step's value; times are UTC µs."""

    model: str
    version: int
    value_key: str
    evaluation_key: str
    created: int
    aliases: tuple[str, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RolloutRecord:
    """How far an endpoint has come in handing over to a version. Times are UTC µs.

    `state` is `running`, `promoted`, `aborted` or `superseded`; `stage` counts the `steps` from 0,
    `moved` is when it last changed, and `facts` are why it began.
    """

    number: int
    endpoint: str
    model: str
    version: int
    steps: tuple[float, ...]
    stage: int
    state: str
    began: int
    moved: int
    facts: Mapping[str, Any]

    @property
    def running(self) -> bool:
        return self.state == "running"

    @property
    def share(self) -> float:
        """What the version is asked of what the endpoint is asked; 1 once it is the champion."""
        return self.steps[self.stage] if self.state in ("running", PROMOTED) else 0.0


@dataclass(frozen=True, slots=True)
class Alert:
    """A breached policy, with the evidence that was found. `state` is `warn` or `alert`."""

    monitor: str
    window_end: int
    state: str
    summary: str
    evidence: Mapping[str, Any]
    created: int


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step as it went in a run. `facts` hold what its key was made of; `recorded` is UTC µs."""

    run_id: str
    step_id: str
    key: str
    state: str
    recorded: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run. `state` is `running` until it ends; a killed run stays so. Times are UTC µs."""

    run_id: str
    plan_name: str
    state: str
    started: int
    finished: int | None
    facts: Mapping[str, Any]


class LedgerReader(Protocol):
    """What is remembered."""

    def last_key(self, step_id: str) -> str | None:
        """The key under which the step was last done, in any run: tells why it runs again."""

    def last_step(self, step_id: str) -> StepRecord | None:
        """The record behind `last_key`."""

    def history(self, step_id: str, limit: int) -> Sequence[StepRecord]:
        """How the step went when it last ran to its end (`done`), newest first."""

    def run(self, run_id: str) -> RunRecord | None:
        """None when there is no such run."""

    def runs(self, limit: int = 100) -> Sequence[RunRecord]:
        """Newest first."""

    def run_steps(self, run_id: str) -> Sequence[StepRecord]:
        """In the order in which they were first recorded."""

    def versions(self, model: str | None = None) -> Sequence[ModelVersion]:
        """All versions, newest first."""

    def version(self, model: str, which: str) -> ModelVersion | None:
        """By alias or number."""

    def rollouts(self, endpoint: str | None = None) -> Sequence[RolloutRecord]:
        """Newest first. At most one of a model is running."""

    def alerts(self, monitor: str | None = None) -> Sequence[Alert]:
        """Newest first."""

    def audit_log(self, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        """Newest first."""


class Ledger(LedgerReader, Protocol):
    """What onespec promises to remember. Every mutation is idempotent by its key."""

    def start_run(self, run_id: str, plan_name: str, facts: Mapping[str, Any]) -> None: ...

    def finish_run(self, run_id: str, state: str) -> None: ...

    def record_step(
        self, run_id: str, step_id: str, key: str, state: str, facts: Mapping[str, Any]
    ) -> None: ...

    def record_steps(
        self, run_id: str, records: Sequence[tuple[str, str, str, Mapping[str, Any]]]
    ) -> None:
        """The same for many, `(step_id, key, state, facts)`, in one transaction."""

    def register(
        self, model: str, value_key: str, evaluation_key: str, facts: Mapping[str, Any]
    ) -> ModelVersion:
        """The version for `value_key`: the next number, or the one it already has, whose
        evaluation and facts are then those given now."""

    def set_alias(self, model: str, alias: str, version: int, *, why: str) -> None:
        """Move an alias. A rollout that it was part of ends with it."""

    def drop_alias(self, model: str, alias: str, *, why: str) -> None:
        """Take an alias away, if there is one."""

    def begin_rollout(
        self,
        endpoint: str,
        model: str,
        version: int,
        steps: Sequence[float],
        facts: Mapping[str, Any],
        *,
        again: bool = False,
    ) -> RolloutRecord | None:
        """Make the version the challenger, at the first share; a running rollout of the model
        is superseded. What was begun for this version is returned as it stands, also when it was
        aborted, unless it is to begin `again`. None where the version is the champion."""

    def advance_rollout(self, number: int, stage: int, *, why: str) -> RolloutRecord:
        """From `stage` to the next share; the last makes the challenger champion. Raises
        StoreError when the rollout is at another stage."""

    def abort_rollout(self, number: int, *, why: str) -> RolloutRecord:
        """Take the challenger away; one that has ended stays as it ended."""

    def add_alert(self, alert: Alert) -> bool:
        """False when this monitor already has an alert for this window."""

    def audit(self, action: str, subject: str, facts: Mapping[str, Any]) -> None:
        """Append to the audit log."""
