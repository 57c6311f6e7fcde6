"""Synthetic training sets with nulls and words, for tests of training and what follows it."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from onespec.compiler.plan import Estimator, Feature, Task
from onespec.runtime.trainers import trainer
from onespec.runtime.trainers.trained import Assignment, Trained
from onespec.runtime.trainers.training_set import TrainingSet, read_training_set
from onespec.specs.estimators import ESTIMATORS

# As the train step does: spinning OpenMP threads crawl on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def feature(reference: str, kind: Any) -> Feature:
    view, _, name = reference.partition(".")
    return Feature(reference, kind, True, view, name)


FEATURES = (
    feature("weather.temp", "float"),
    feature("airport.late", "string"),
    feature("weather.wind", "float"),
    feature("plane.seats", "int"),
    feature("weather.raining", "bool"),
    feature("plane.noise", "float"),
)
NUMERIC = tuple(f for f in FEATURES if f.type != "string")


def training_table(
    rows: int = 3000, task: Task = "binary_classification", seed: int = 0
) -> pa.Table:
    """The label depends on the temperature, the word and the rain; the noise on nothing."""
    rng = np.random.default_rng(seed)

    def some(values: Any, share: float) -> pa.Array:
        return pa.array(values, mask=rng.random(rows) < share)

    temp = rng.normal(size=rows)
    word = rng.choice(["never", "seldom", "often", "später"], rows)
    raining = rng.random(rows) < 0.3
    pull = temp + (word == "often") * 1.5 - raining + rng.normal(size=rows) * 0.5
    label = {
        "binary_classification": lambda: pull > 0.3,
        "multiclass_classification": lambda: np.digitize(pull, [-0.8, 0.4, 1.8]) * 10,
        "regression": lambda: 20 + 5 * pull,
    }[task]()
    place = np.arange(rows) / rows
    return pa.table(
        {
            "__row": np.arange(rows),
            "__time": pa.array(np.arange(rows), pa.timestamp("us", "UTC")),
            "origin": pa.array(rng.choice(["JFK", "LGA", None], rows, p=[0.6, 0.35, 0.05])),
            "weather.temp": some(temp, 0.05),
            "airport.late": some(word, 0.05),
            "weather.wind": some(rng.exponential(size=rows), 0.2),
            "plane.seats": some(rng.integers(2, 400, rows), 0.1),
            "weather.raining": some(raining, 0.02),
            "plane.noise": some(rng.normal(size=rows), 0.0),
            "label": pa.array(label),
            "__split": np.where(place < 0.7, "train", np.where(place < 0.85, "validation", "test")),
        }
    )


def write_table(folder: Path, table: pa.Table) -> Path:
    path = folder / "training_set.parquet"
    pq.write_table(table, path)
    return path


def training_set(
    folder: Path,
    task: Task = "binary_classification",
    features: tuple[Feature, ...] = FEATURES,
    rows: int = 3000,
) -> TrainingSet:
    path = write_table(folder, training_table(rows, task))
    return read_training_set(path, task, features, ("origin",))


def fit(
    data: TrainingSet,
    name: str,
    threads: int = 1,
    device: str = "cpu",
    seed: int = 0,
    **params: Any,
) -> Trained:
    family = ESTIMATORS[name].family
    assignment = Assignment(
        Estimator(name, family, params),
        data.task,
        data.signature,
        seed,
        threads,
        device=device,
        validation=data.part("validation"),
        classes=data.classes,
    )
    trained: Trained = trainer(family).train(assignment, data.part("train"))
    return trained
