"""Model versions as the commands under `onespec models` know them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ..runtime.evaluation.promotions import CHALLENGED, CHAMPION, PROMOTED
from ..runtime.open import place_of
from ..runtime.stores.ledger import ModelVersion
from ..runtime.workspace import Workspace
from .options import find_spec
from .plans import load_any

HISTORY = 10_000
GATE_FAILED = "gate_failed"
PROMOTED_BY_HAND = "promoted_by_hand"
ROLLED_BACK = "rolled_back"


@contextmanager
def opened(spec: Path, environment: str | None, state: Path | None) -> Iterator[Workspace]:
    """The workspace of a spec. Raises SpecError."""
    plan, project = load_any(find_spec(spec), environment)
    with place_of(plan, project, state).open(plan) as workspace:
        yield workspace


def find_version(workspace: Workspace, model: str, which: str) -> ModelVersion:
    """By number or alias. Raises UsageError, which names those that there are."""
    version = workspace.ledger.version(model, which)
    if version is None:
        known = [f"{v.model}@{v.version}" for v in workspace.ledger.versions()]
        there = f"there are: {', '.join(known)}" if known else "`onespec run` makes one"
        raise click.UsageError(f"There is no {model}@{which}; {there}.")
    return version


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a version last stood before its gates. `at` is UTC µs."""

    passed: bool
    gates: tuple[Any, ...]
    at: int


def outcome_of(workspace: Workspace, version: ModelVersion) -> Outcome | None:
    """The newest outcome that the audit log or the step of the gates tells; None when neither does.

    The same version may stand before other gates later: the last word counts.
    """
    found = [*_audited(workspace, version), *_last_gate(workspace, version)]
    return max(found, key=lambda outcome: outcome.at, default=None)


def _audited(workspace: Workspace, version: ModelVersion) -> Iterator[Outcome]:
    for entry in workspace.ledger.audit_log(HISTORY):
        if entry["subject"] != f"{version.model}@{version.version}":
            continue
        facts = entry["facts"]
        if entry["action"] == GATE_FAILED:
            yield Outcome(False, tuple(facts["gates"]), entry["at"])
        if entry["action"] in (CHALLENGED, PROMOTED):
            value = workspace.store.find(facts["gate_key"])
            yield Outcome(True, tuple(value.facts["gates"] if value else ()), entry["at"])


def _last_gate(workspace: Workspace, version: ModelVersion) -> Iterator[Outcome]:
    """The step's last success: it may have passed without being promoted."""
    record = workspace.ledger.last_step(f"gate.{version.model}")
    value = workspace.store.find(record.key) if record else None
    if record and value and value.facts["value_key"] == version.value_key:
        yield Outcome(True, tuple(value.facts["gates"]), record.recorded)


def champions_of(workspace: Workspace, model: str) -> list[int]:
    """Versions in the order in which they became champion, without those that were rolled back.

    The last is the champion now, the one before it is whom a rollback goes back to.
    """
    held: list[int] = []
    back: int | None = None
    for entry in reversed(workspace.ledger.audit_log(HISTORY)):
        facts = entry["facts"]
        if entry["action"] == ROLLED_BACK and facts["model"] == model:
            back = facts["version"]
        if entry["action"] != "set_alias" or entry["subject"] != f"{model}@{CHAMPION}":
            continue
        if facts["to"] == back and back in held:
            held = held[: _last_place(held, back) + 1]
        else:
            held.append(facts["to"])
        back = None
    return held


def _last_place(held: list[int], version: int) -> int:
    return len(held) - 1 - held[::-1].index(version)


def facts_of(workspace: Workspace, version: ModelVersion) -> dict[str, Any]:
    """What is known about a version, as JSON."""
    evaluation = workspace.store.find(version.evaluation_key)
    facts = dict(evaluation.facts) if evaluation else {}
    main = facts.get("main_metric", "")
    value = (facts.get("test") or {}).get(main)
    return {
        "model": version.model,
        "version": version.version,
        "aliases": list(version.aliases),
        "created": moment(version.created).isoformat(timespec="seconds"),
        "value_key": version.value_key,
        "evaluation_key": version.evaluation_key,
        "metrics": {split: facts.get(split) for split in ("train", "validation", "test")},
        "shown": f"{main} {value:.4f}" if isinstance(value, float) else "",
    }


def moment(micros: int) -> datetime:
    """The instant (UTC)."""
    return datetime.fromtimestamp(micros / 1e6, UTC)


def short_time(micros: int) -> str:
    """`2026-11-23 04:09`, UTC."""
    return f"{moment(micros):%Y-%m-%d %H:%M}"
