"""What the monitor that watches a rollout has seen of it, and what follows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from ..compiler.plan import Endpoint, Plan
from .stores.ledger import Ledger, RolloutRecord, StepRecord
from .value import Value
from .workspace import Workspace

_LOOKS = 1000
_REPORT = "report.json"


@dataclass(frozen=True, slots=True)
class Watch:
    """What a monitor says of a rollout. `alerts` are its verdicts since the rollout began; `looked`
    is when it last looked at the present share (UTC µs), None where it has not; `state` is what it
    found then, and `rows` how many rows of the challenger it saw."""

    monitor: str
    alerts: tuple[str, ...] = ()
    looked: int | None = None
    state: str = ""
    rows: int = 0

    @property
    def objection(self) -> str:
        """Why the share should not grow; empty where nothing speaks against it."""
        if self.alerts:
            return f"`{self.monitor}` has alerted since the rollout began: {self.alerts[0]}"
        if self.looked is None:
            return f"`{self.monitor}` has not looked at this share yet"
        if not self.rows:
            return f"`{self.monitor}` has looked, and has seen no answer of the challenger yet"
        if self.state == "insufficient":
            return f"`{self.monitor}` has looked, and has seen too few rows to judge"
        return ""


def running_rollout(ledger: Ledger, endpoint: str) -> RolloutRecord | None:
    """The rollout of an endpoint that is under way."""
    return next((r for r in ledger.rollouts(endpoint) if r.running), None)


def watch(workspace: Workspace, monitor: str, rollout: RolloutRecord) -> Watch:
    """What the monitor has found since the rollout began."""
    step = f"monitor.{monitor}"
    looks = [r for r in workspace.ledger.history(step, _LOOKS) if r.recorded >= rollout.began]
    alerts = tuple(verdict for look in looks for verdict in _alerts(workspace, look))
    last = workspace.ledger.last_step(step)
    value = workspace.store.find(last.key) if last and last.recorded >= rollout.moved else None
    if last is None or value is None:
        return Watch(monitor, alerts)
    rows = _rows_of(workspace, value, rollout.version)
    return Watch(monitor, alerts, last.recorded, str(value.facts["state"]), rows)


def _alerts(workspace: Workspace, look: StepRecord) -> Iterator[str]:
    value = workspace.store.find(look.key)
    if value is not None and value.facts.get("state") == "alert":
        yield str(value.facts["verdict"])


def _rows_of(workspace: Workspace, value: Value, version: int) -> int:
    report = json.loads(workspace.file(value, _REPORT).read_text(encoding="utf-8"))
    return sum(row["rows"] for row in report["versions"] if row["version"] == version)


def abort_on_alert(plan: Plan, ledger: Ledger, monitor: str, verdict: str) -> list[RolloutRecord]:
    """Abort the rollouts that the monitor watches. It happens once to a version: one that was
    aborted is not rolled out again by itself."""
    watched = [one for one in plan.endpoints if _watched_by(one, monitor)]
    running = [running_rollout(ledger, one.name) for one in watched]
    why = f"monitor {monitor} alerts: {verdict}"
    return [ledger.abort_rollout(one.number, why=why) for one in running if one is not None]


def _watched_by(endpoint: Endpoint, monitor: str) -> bool:
    return endpoint.rollout is not None and endpoint.rollout.watch == monitor
