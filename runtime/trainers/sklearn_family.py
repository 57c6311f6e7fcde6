"""Estimators of scikit-learn: fitted on the training split, exported with their preparation."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_limits

from ...specs.estimators import ESTIMATORS
from ..errors import StepError
from .inputs import ModelInputs
from .sklearn_linear import fit_linear
from .sklearn_trees import fit_trees
from .trained import Assignment, NativeScore, Trained
from .training_set import Part

Fit = Callable[[Any, Assignment, Part], Trained]

_CLASSES: dict[str, tuple[type, Fit]] = {
    "sklearn.ensemble.HistGradientBoostingClassifier": (HistGradientBoostingClassifier, fit_trees),
    "sklearn.ensemble.HistGradientBoostingRegressor": (HistGradientBoostingRegressor, fit_trees),
    "sklearn.ensemble.RandomForestClassifier": (RandomForestClassifier, fit_trees),
    "sklearn.ensemble.RandomForestRegressor": (RandomForestRegressor, fit_trees),
    "sklearn.linear_model.LogisticRegression": (LogisticRegression, fit_linear),
    "sklearn.linear_model.Ridge": (Ridge, fit_linear),
}


def train(assignment: Assignment, rows: Part) -> Trained:
    """Fit on `rows` and export.

    Linear algebra runs on one thread, because its sums depend on the number of threads; trees do
    not, and use all that the step was given. Raises StepError where scikit-learn refuses.
    """
    kind, fit = _CLASSES[assignment.estimator.name]
    model = _instance(kind, assignment)
    with warnings.catch_warnings(record=True) as caught, _threads(assignment.threads):
        warnings.simplefilter("always")
        try:
            trained = fit(model, assignment, rows)
        except ValueError as error:
            raise StepError(
                f"{kind.__name__} cannot be fitted: {error}",
                remedy="change the estimator's parameters, or `where` of the examples",
            ) from error
    notes = tuple(dict.fromkeys(str(warning.message).split("\n")[0] for warning in caught))
    return Trained(
        trained.model,
        _bounded(trained.native, assignment.threads),
        {"params": _plain(model.get_params()), **trained.facts},
        notes,
    )


def _instance(kind: type, assignment: Assignment) -> Any:
    known = ESTIMATORS[assignment.estimator.name].params
    given: dict[str, Any] = {
        name: known[name].converted(value) for name, value in assignment.estimator.params.items()
    }
    given["random_state"] = assignment.seed
    if issubclass(kind, RandomForestClassifier | RandomForestRegressor):
        given["n_jobs"] = assignment.threads
    return kind(**given)


def _threads(count: int) -> Any:
    return threadpool_limits(limits={"blas": 1, "openmp": count})


def _bounded(native: NativeScore, threads: int) -> NativeScore:
    def score(inputs: ModelInputs) -> NDArray[np.float64]:
        with _threads(threads):
            return native(inputs)

    return score


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    """Effective parameters as JSON, without the one that only says how many cores were free."""
    return {
        name: value
        for name, value in sorted(params.items())
        if name != "n_jobs" and isinstance(value, bool | int | float | str | None)
    }
