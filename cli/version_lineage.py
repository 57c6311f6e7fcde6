"""What a model version was made of: the steps below it, as the ledger has written them down."""

from collections.abc import Mapping
from typing import Any

from ..runtime.stores.ledger import ModelVersion, StepRecord
from ..runtime.workspace import Workspace

_RUNS = 200
_TOLD = ("rows", "identity")


def lineage_of(workspace: Workspace, version: ModelVersion) -> dict[str, dict[str, Any]]:
    """By step id, inputs first: `key`, and of `rows` and `identity` (of a source's content) what
    is known. Empty when no run in memory has made the version or found it made."""
    known: dict[str, StepRecord] = {}
    order: list[StepRecord] = []
    for run in workspace.ledger.runs(_RUNS):
        known |= {r.key: r for r in workspace.ledger.run_steps(run.run_id) if "recipe" in r.facts}
        order = _below(version.value_key, known)
        if version.value_key in known and all(_complete(r, known) for r in order):
            break
    return {r.step_id: _facts(workspace, r) for r in order if r.key != version.value_key}


def _below(key: str, known: Mapping[str, StepRecord]) -> list[StepRecord]:
    """The records that a key stands on, inputs first, and its own at the end."""
    found: dict[str, StepRecord] = {}

    def visit(key: str) -> None:
        record = known.get(key)
        if record is None or key in found:
            return
        for below in _inputs(record).values():
            visit(below)
        found[key] = record

    visit(key)
    return list(found.values())


def _inputs(record: StepRecord) -> Mapping[str, str]:
    inputs: Mapping[str, str] = record.facts["recipe"]["inputs"]
    return inputs


def _complete(record: StepRecord, known: Mapping[str, StepRecord]) -> bool:
    return all(key in known for key in _inputs(record).values())


def _facts(workspace: Workspace, record: StepRecord) -> dict[str, Any]:
    value = workspace.store.find(record.key)
    facts = value.facts if value else {}
    return {"key": record.key, **{name: facts[name] for name in _TOLD if name in facts}}
