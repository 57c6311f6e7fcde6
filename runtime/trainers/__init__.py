"""Fitting an estimator and exporting it as one ONNX graph, one file a family."""

from importlib import import_module
from types import ModuleType

# The file of a training set's value: features by reference, `label`, `__split`, slice columns.
TRAINING_SET_FILE = "training_set.parquet"

# family -> module with `train(assignment, rows) -> Trained`; imported when it trains.
FAMILIES = {"sklearn": "sklearn_family", "torch": "torch_family"}


def trainer(family: str) -> ModuleType:
    """The module that trains estimators of `family`. Raises KeyError for an unknown one."""
    return import_module(f".{FAMILIES[family]}", __package__)
