"""The ledger: the source of truth for runs, model versions, aliases, alerts and the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


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

    def set_alias(self, model: str, alias: str, version: int, *, why: str) -> None: ...

    def add_alert(self, alert: Alert) -> bool:
        """False when this monitor already has an alert for this window."""

    def audit(self, action: str, subject: str, facts: Mapping[str, Any]) -> None:
        """Append to the audit log."""
