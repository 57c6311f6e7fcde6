"""The step `profile`: describe the training rows, what the model makes of rows it did not see,
and how well it did on them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ...compiler.plan import Feature, ProfileParams, Step
from ..monitoring.bins import TOP_CATEGORIES
from ..monitoring.class_metrics import given
from ..monitoring.columns import Floats, instants, numbers
from ..monitoring.json_data import json_text
from ..monitoring.metrics import point_metrics
from ..monitoring.profile import PROFILE_VERSION, profile_column
from ..trainers.classes import Classes, class_places, learnt_classes
from ..value import Yield
from ..workspace import StepInputs, Workspace

FILE = "profile.json"
# With fewer rows held out, the prediction on training rows is the better reference.
HELD_OUT_ROWS = 100


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """Yields `profile.json`; its bytes depend on the rows and the model alone.

    Features are profiled on the training split. The score is profiled on the validation and test
    rows, because on its own training rows a model is surer than it will ever be again.
    """
    params = step.params
    assert isinstance(params, ProfileParams)
    trained = inputs.one(workspace.plan, "train")
    training_set = inputs.one(workspace.plan, "training_set")
    table = pq.read_table(workspace.file(training_set, "training_set.parquet"))
    parts = {
        name: table.filter(pa.array(rows)) for name, rows in _splits(table).items() if rows.any()
    }
    train = parts.get("train", table.slice(0, 0))
    model = workspace.file(trained, "model.onnx")
    classes = tuple(trained.facts.get("classes", ()))
    profile = {
        "version": PROFILE_VERSION,
        "model": params.model,
        "model_key": trained.key,
        "task": params.task,
        "rows": train.num_rows,
        "period": _period(train),
        "features": {f.reference: profile_column(train.column(f.reference), f.type)
                     for f in params.features},
        **_predictions(params, parts, model, step.resources.cpu, classes),
    }  # fmt: skip
    path = workspace.scratch / FILE
    path.write_text(json_text(profile), encoding="utf-8")
    return Yield({FILE: path}, {"rows": train.num_rows, "features": len(params.features)})


def _predictions(
    params: ProfileParams,
    parts: Mapping[str, pa.Table],
    model: Path,
    cpu: float,
    classes: Classes,
) -> dict[str, Any]:
    """The profile of score and label, and the metrics of the last part that was held out."""
    held = [parts[name] for name in ("validation", "test") if name in parts]
    known = pa.concat_tables(held) if held else None
    enough = known is not None and known.num_rows >= HELD_OUT_ROWS
    rows = known if known is not None and enough else pa.concat_tables(list(parts.values()))
    scores = _score(model, params.features, rows, cpu)
    labels = _labels(rows.column("label"), classes)
    judged = "test" if "test" in parts and enough else None
    last = slice(-parts["test"].num_rows, None) if judged else slice(None)
    return {
        **_outcome(classes, rows.column("label"), labels, scores),
        "score_rows": "held out" if enough else "training",
        "metrics": {
            "rows": judged or ("held out" if enough else "training"),
            "values": point_metrics(params.task, labels[last], scores[last]),
        },
    }


def _outcome(classes: Classes, told: Any, labels: Floats, scores: Floats) -> dict[str, Any]:
    """The profile of the score and the label; of several classes, also of the likeliest one, whose
    probability is the score."""
    if not classes:
        return {
            "score": profile_column(pa.array(scores), "float"),
            "label": profile_column(pa.array(labels), "float") | {"sketch": []},
        }
    names = np.array([str(name) for name in classes], dtype=object)
    return {
        "classes": list(classes),
        "score": profile_column(pa.array(scores.max(axis=1)), "float"),
        "prediction": profile_column(pa.array(names[given(scores)]), "string")
        | {"shown": TOP_CATEGORIES},
        "label": profile_column(told.cast(pa.string()), "string"),
    }


def _score(model: Path, features: tuple[Feature, ...], rows: pa.Table, cpu: float) -> Floats:
    """The score of each row (rows,), or of several classes one for each of them (rows, classes)."""
    from ..trainers.scorer import Scorer

    scorer = Scorer.load(model, features, threads=max(1, int(cpu)))
    columns = {feature.reference: rows.column(feature.reference) for feature in features}
    return np.asarray(scorer.score(columns), dtype=np.float64)


def _labels(column: Any, classes: Classes) -> Floats:
    """Numbers; of several classes their places, from `len(classes)` on those that it lacks."""
    if not classes:
        return numbers(column)
    strange = sorted(set(learnt_classes(column)) - set(classes))
    return class_places(column, (*classes, *strange))


def _splits(table: pa.Table) -> dict[str, Any]:
    split = np.array(table.column("__split").to_pylist(), dtype=object)
    return {name: split == name for name in ("train", "validation", "test")}


def _period(train: pa.Table) -> dict[str, int] | None:
    """The first and the last instant of the training rows (UTC µs)."""
    if "__time" not in train.column_names or not train.num_rows:
        return None
    times = instants(train.column("__time"))
    return {"start": int(times.min()), "end": int(times.max())}
