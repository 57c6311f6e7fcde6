"""Metrics on every split and slice, and permutation importance on the test split."""

import json
from pathlib import Path
from typing import Any

from ...compiler.plan import EvaluateParams, Step
from ..trainers import TRAINING_SET_FILE
from ..value import Yield
from ..workspace import StepInputs, Workspace
from .train import MODEL_FILE

METRICS_FILE = "metrics.json"
IMPORTANCE_FILE = "importance.json"


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """Yields `metrics.json` and `importance.json`; facts hold the metrics of each split."""
    from ..evaluation.importance import permutation_importance
    from ..evaluation.report import evaluate
    from ..monitoring.class_table import weakest
    from ..trainers.scorer import Scorer
    from ..trainers.training_set import read_training_set

    params = step.params
    assert isinstance(params, EvaluateParams)
    trained = inputs.one(workspace.plan, "train")
    rows = inputs.one(workspace.plan, "training_set")
    workers = max(1, int(step.resources.cpu))
    scorer = Scorer.load(workspace.file(trained, MODEL_FILE), params.features)
    data = read_training_set(
        workspace.file(rows, TRAINING_SET_FILE),
        params.task,
        params.features,
        params.slices,
        scorer.classes,
    )
    report = evaluate(scorer, data, params.slices, seed=params.seed, workers=workers)
    importance = permutation_importance(
        scorer, data.part("test"), params.task, seed=params.seed, workers=workers
    )
    facts = {
        "main_metric": report["main_metric"],
        "train": report["train"],
        "validation": report["validation"],
        "test": report["test"],
        "interval": report["intervals"]["test"].get(report["main_metric"]),
        "most_important": [f["reference"] for f in importance["features"][:5]],
    }
    if scorer.classes:
        facts["weakest"] = weakest(report["by_class"])
    return Yield(
        {
            METRICS_FILE: _write(workspace.scratch / METRICS_FILE, report),
            IMPORTANCE_FILE: _write(workspace.scratch / IMPORTANCE_FILE, importance),
        },
        facts,
    )


def _write(path: Path, data: dict[str, Any]) -> Path:
    text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", "utf-8")
    return path
