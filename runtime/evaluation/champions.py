"""What was measured of the version that a candidate is compared with."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...compiler.plan import Task
from ..stores.ledger import ModelVersion
from ..trainers import TRAINING_SET_FILE
from ..value import Value
from ..workspace import Workspace
from .gates import Measurements


def recorded(workspace: Workspace, version: ModelVersion) -> Measurements:
    """What was measured when the version was made."""
    value = workspace.store.find(version.evaluation_key)
    if value is not None and "metrics.json" in value.files:
        metrics = json.loads(workspace.file(value, "metrics.json").read_text("utf-8"))
    else:
        metrics = version.facts.get("metrics", {})
    return Measurements(metrics, version.facts.get("serving", {}))


def measured_now(
    workspace: Workspace,
    version: ModelVersion,
    training_set: Value,
    task: Task,
    slices: tuple[str, ...],
) -> Measurements | None:
    """The version on the candidate's rows; None where they lack its model or its features, where
    it was trained for another task, or from some of the rows that the candidate is tested on."""
    from ..trainers.scorer import Scorer
    from ..trainers.training_set import read_training_set
    from .report import evaluate

    value = workspace.store.find(version.value_key)
    if value is None or "model.onnx" not in value.files:
        return None
    scorer = Scorer.load(workspace.file(value, "model.onnx"))
    path = workspace.file(training_set, TRAINING_SET_FILE)
    if scorer.task != task:
        return None
    if not _holds(path, (*scorer.features, *slices)) or _has_seen(workspace, version, path):
        return None
    data = read_training_set(path, scorer.task, scorer.signature, slices, scorer.classes)
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
