"""Fit the estimator, export it as ONNX, and compare the two on real rows."""

import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...compiler.plan import Step, TrainParams
from ..devices import Device, choose_device
from ..errors import StepError
from ..threads import threads_of
from ..trainers import TRAINING_SET_FILE, trainer
from ..value import Yield
from ..workspace import StepInputs, Workspace

if TYPE_CHECKING:
    from ..trainers.training_set import Part, TrainingSet

MODEL_FILE = "model.onnx"
TRAINING_FILE = "training.json"
GOLDEN_FILE = "golden.json"

_LIBRARIES = ("scikit-learn", "numpy", "onnx", "onnxruntime")


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """Yields `model.onnx`, `training.json` and `golden.json`; equal inputs give equal bytes."""
    from ..trainers.training_set import read_training_set

    params = step.params
    assert isinstance(params, TrainParams)
    # OpenMP threads that spin while they wait slow each other down tenfold on a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    made = inputs.one(workspace.plan, "training_set")
    data = read_training_set(workspace.file(made, TRAINING_SET_FILE), params.task, params.features)
    rows = data.part("train")
    _refuse_unusable(rows, params, data)
    family = trainer(params.estimator.family)
    why_no_gpu = getattr(family, "why_no_gpu", None)
    device = choose_device(step.resources, why_no_gpu) if why_no_gpu else None
    trained = _train(params, data, rows, threads_of(step), device or Device())
    digest = hashlib.sha256(trained.model).hexdigest()
    counts = data.part_rows()
    facts = {
        "model_sha256": digest,
        "model_size": len(trained.model),
        "estimator": params.estimator.name,
        "features": len(params.features),
        "rows": counts,
        "training_set": made.key,
    }
    if device is not None:
        facts["device"] = device.kind
    if device is not None and device.fallback:
        facts["fallback"] = device.fallback
    if data.classes:
        facts["classes"] = list(data.classes)
    report = _report(params, trained, counts, digest)
    report |= _labels(rows, data)
    return Yield(_write(workspace.scratch, trained, report), facts)


def _train(
    params: TrainParams, data: "TrainingSet", rows: "Part", threads: int, device: Device
) -> "_Checked":
    from ..trainers.compare import compare
    from ..trainers.golden import golden_rows
    from ..trainers.scorer import Scorer
    from ..trainers.trained import Assignment

    unseen = data.part("validation")
    assignment = Assignment(
        params.estimator,
        params.task,
        data.signature,
        params.seed,
        threads,
        device=device.kind,
        validation=unseen,
        classes=data.classes,
    )
    trained = trainer(params.estimator.family).train(assignment, rows)
    scorer = Scorer.load(trained.model, params.features)
    real = unseen.inputs if len(unseen) else rows.inputs
    return _Checked(trained, compare(scorer, trained.native, real), golden_rows(scorer, real))


class _Checked:
    """A trained model that agrees with its export, and its golden rows."""

    def __init__(self, trained: Any, comparison: Any, golden: Any) -> None:
        self.model: bytes = trained.model
        self.facts = trained.facts
        self.notes = trained.notes
        self.files = trained.files
        self.comparison = comparison
        self.golden = golden


def _refuse_unusable(rows: "Part", params: TrainParams, data: "TrainingSet") -> None:
    if not len(rows):
        raise StepError(
            "the training split has no rows",
            remedy="look at `where`, `label_available_after` and `split` of the model",
        )
    if not params.features:
        raise StepError("the model has no features")
    if params.task != "regression" and len(set(rows.labels.tolist())) < 2:
        only = str(bool(rows.labels[0])).lower()
        if params.task == "multiclass_classification":
            only = repr(data.classes[0])
        raise StepError(
            f"every label of the training split is {only}",
            remedy="check the label's expression, or train on a longer period",
        )


def _report(
    params: TrainParams, trained: _Checked, counts: dict[str, int], digest: str
) -> dict[str, Any]:
    return {
        "model": params.model,
        "task": params.task,
        "estimator": {"name": params.estimator.name, **trained.facts},
        "seed": params.seed,
        "features": [
            {"reference": f.reference, "type": f.type, "nullable": f.nullable}
            for f in params.features
        ],
        "rows": counts,
        "comparison": {
            "rows": trained.comparison.rows,
            "largest_difference": trained.comparison.largest,
            "tolerance": trained.comparison.tolerance,
        },
        "notes": list(trained.notes),
        "model_sha256": digest,
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def _labels(rows: "Part", data: "TrainingSet") -> dict[str, Any]:
    from ..trainers.classes import class_counts

    if not data.classes:
        return {"mean_label": float(rows.labels.mean())}
    return {"classes": list(data.classes), "class_rows": class_counts(rows.labels, data.classes)}


def _write(folder: Path, trained: _Checked, report: dict[str, Any]) -> dict[str, Path]:
    from ..trainers.golden import write_golden

    files = {name: folder / name for name in (MODEL_FILE, TRAINING_FILE, GOLDEN_FILE)}
    files[MODEL_FILE].write_bytes(trained.model)
    text = json.dumps(report, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    files[TRAINING_FILE].write_text(text + "\n", "utf-8")
    write_golden(trained.golden, files[GOLDEN_FILE])
    for name, data in trained.files.items():
        files[name] = folder / name
        files[name].write_bytes(data)
    return files
