"""Linear models: numbers imputed by the median and scaled, words one-hot."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .inputs import ModelInputs
from .onnx_graph import Graph, finish
from .onnx_linear import add_numeric_terms, add_sum, add_word_terms
from .preparation import Preparation, learn_preparation
from .trained import Assignment, Trained
from .training_set import Part


def fit_linear(model: Any, assignment: Assignment, rows: Part) -> Trained:
    """Fit a linear model of scikit-learn and export it with its imputation, scale and words."""
    prepared = learn_preparation(rows.inputs)
    model.fit(prepared.matrix(rows.inputs), rows.labels)
    binary = assignment.task == "binary_classification"

    def native(inputs: ModelInputs) -> NDArray[np.float64]:
        matrix = prepared.matrix(inputs)
        scores = model.predict_proba(matrix)[:, 1] if binary else model.predict(matrix)
        return np.asarray(scores, dtype=np.float64)

    counts = [len(known.words) for known in prepared.words]
    facts = {
        "coefficients": int(np.size(model.coef_)),
        "words": dict(zip(assignment.signature.categorical, counts, strict=True)),
    }
    return Trained(_export(model, assignment, prepared), native, facts)


def _export(model: Any, assignment: Assignment, prepared: Preparation) -> bytes:
    graph = Graph()
    weights = np.ravel(model.coef_).astype(np.float64)
    terms = []
    place = len(assignment.signature.numeric)
    if place:
        terms.append(
            add_numeric_terms(graph, prepared.fill, prepared.mean, prepared.scale, weights[:place])
        )
    for column, known in enumerate(prepared.words):
        own = weights[place : place + len(known.words)]
        terms.append(add_word_terms(graph, column, known, own.tolist()))
        place += len(known.words)
    logistic = assignment.task == "binary_classification"
    output = add_sum(graph, terms, float(np.ravel(model.intercept_)[0]), logistic=logistic)
    return finish(graph, output, assignment.signature, assignment.task)
