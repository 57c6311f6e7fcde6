"""Who a candidate is compared with, and what promotions were made."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import StepError
from ..stores.ledger import Ledger, ModelVersion
from ..trainers import TRAINING_SET_FILE
from ..value import Value
from ..workspace import Workspace
from .gates import Measurements

CHAMPION = "champion"
PROMOTED = "promoted"
_HISTORY = 10_000


def registered(ledger: Ledger, model: str, value_key: str) -> ModelVersion | None:
    """The version of a trained value."""
    return next((v for v in ledger.versions(model) if v.value_key == value_key), None)


def version_of(ledger: Ledger, model: str, value_key: str) -> ModelVersion:
    """The version of a trained value. Raises StepError when the ledger does not know it."""
    version = registered(ledger, model, value_key)
    if version is None:
        raise StepError(
            f"the ledger does not know this version of `{model}`",
            remedy="run the plan again: the version is then registered anew",
        )
    return version


def promotions(ledger: Ledger, model: str) -> list[Mapping[str, Any]]:
    """Facts of the promotions by plans, newest first; what an operator did is not among them."""
    return [
        entry["facts"]
        for entry in ledger.audit_log(_HISTORY)
        if entry.get("action") == PROMOTED and entry.get("facts", {}).get("model") == model
    ]


def opponent(ledger: Ledger, model: str, candidate: str | None) -> ModelVersion | None:
    """The champion; where a plan promoted the candidate last, the version that it replaced.

    So a gate that is evaluated again after its own promotion compares the same two, also when an
    operator has moved the alias since: what a person chose is not undone by an unchanged plan.
    """
    champion = ledger.version(model, CHAMPION)
    if champion is None:
        return None
    made = promotions(ledger, model)
    is_champion = champion.value_key == candidate
    for facts in made if is_champion else made[:1]:
        if facts.get("value_key") == candidate:
            replaced = facts.get("replaced")
            return registered(ledger, model, replaced) if replaced else None
    return None if is_champion else champion


def recorded(workspace: Workspace, version: ModelVersion) -> Measurements:
    """What was measured when the version was made."""
    value = workspace.store.find(version.evaluation_key)
    if value is not None and "metrics.json" in value.files:
        metrics = json.loads(workspace.file(value, "metrics.json").read_text("utf-8"))
    else:
        metrics = version.facts.get("metrics", {})
    return Measurements(metrics, version.facts.get("serving", {}))


def measured_now(
    workspace: Workspace, version: ModelVersion, training_set: Value, slices: tuple[str, ...]
) -> Measurements | None:
    """The version on the candidate's rows; None where they lack its model or its features, or
    where it has learnt from some of the rows that the candidate is tested on."""
    from ..trainers.scorer import Scorer
    from ..trainers.training_set import read_training_set
    from .report import evaluate

    value = workspace.store.find(version.value_key)
    if value is None or "model.onnx" not in value.files:
        return None
    scorer = Scorer.load(workspace.file(value, "model.onnx"))
    path = workspace.file(training_set, TRAINING_SET_FILE)
    if not _holds(path, (*scorer.features, *slices)) or _has_seen(workspace, version, path):
        return None
    data = read_training_set(path, scorer.task, scorer.signature, slices)
    return Measurements(evaluate(scorer, data, slices), version.facts.get("serving", {}))


def _has_seen(workspace: Workspace, version: ModelVersion, path: Path) -> bool:
    """Whether test rows of a training set are among those that the version was trained on."""
    own = workspace.store.find(str(version.facts.get("training_set", "")))
    if own is None or TRAINING_SET_FILE not in own.files:
        return False
    learnt = _rows_of(workspace.file(own, TRAINING_SET_FILE), "train")
    return bool(np.isin(_rows_of(path, "test"), learnt).any())


def _rows_of(path: Path, split: str) -> NDArray[np.int64]:
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["__row"], filters=[("__split", "==", split)])
    return np.asarray(np.from_dlpack(table.column(0).combine_chunks()), dtype=np.int64)


def _holds(path: Path, columns: tuple[str, ...]) -> bool:
    import pyarrow.parquet as pq

    return set(columns) <= set(pq.read_schema(path).names)
