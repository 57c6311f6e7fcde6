"""Linear models: numbers imputed by the median and scaled, words one-hot."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compiler.plan import Task
from .categories import Categories
from .inputs import ModelInputs
from .onnx_graph import Graph, finish
from .onnx_linear import (
    Doubles,
    add_class_word_terms,
    add_numeric_terms,
    add_softmax,
    add_sum,
    add_word_terms,
)
from .preparation import Preparation, learn_preparation
from .trained import Assignment, Trained
from .training_set import Part


def fit_linear(model: Any, assignment: Assignment, rows: Part) -> Trained:
    """Fit a linear model of scikit-learn and export it with its imputation, scale and words."""
    prepared = learn_preparation(rows.inputs)
    model.fit(prepared.matrix(rows.inputs), rows.labels)

    def native(inputs: ModelInputs) -> NDArray[np.float64]:
        return predicted(model, assignment.task, prepared.matrix(inputs))

    counts = [len(known.words) for known in prepared.words]
    facts = {
        "coefficients": int(np.size(model.coef_)),
        "words": dict(zip(assignment.signature.categorical, counts, strict=True)),
    }
    return Trained(_export(model, assignment, prepared), native, facts)


def predicted(model: Any, task: Task, matrix: Any) -> NDArray[np.float64]:
    """What a fitted estimator of scikit-learn says: a probability, one for each class, a value."""
    match task:
        case "binary_classification":
            scores = model.predict_proba(matrix)[:, 1]
        case "multiclass_classification":
            scores = model.predict_proba(matrix)
        case "regression":
            scores = model.predict(matrix)
    return np.asarray(scores, dtype=np.float64)


def _export(model: Any, assignment: Assignment, prepared: Preparation) -> bytes:
    if assignment.classes:
        return _export_classes(model, assignment, prepared)
    graph = Graph()
    weights = np.ravel(model.coef_).astype(np.float64)[:, None]

    def of_words(column: int, known: Categories, own: Doubles) -> str:
        return add_word_terms(graph, column, known, own[:, 0].tolist())

    terms = _terms(graph, assignment, prepared, weights, of_words)
    logistic = assignment.task == "binary_classification"
    output = add_sum(graph, terms, float(np.ravel(model.intercept_)[0]), logistic=logistic)
    return finish(graph, output, assignment.signature, assignment.task)


def _export_classes(model: Any, assignment: Assignment, prepared: Preparation) -> bytes:
    """Weights and an intercept for each class, and the softmax of their sums."""
    graph = Graph()
    weights = _for_each_class(np.asarray(model.coef_, dtype=np.float64)).T
    terms = _terms(graph, assignment, prepared, weights, partial(add_class_word_terms, graph))
    intercepts = _for_each_class(np.asarray(model.intercept_, dtype=np.float64))
    output = add_softmax(graph, terms, np.ravel(intercepts))
    return finish(graph, output, assignment.signature, assignment.task, assignment.classes)


def _terms(
    graph: Graph,
    assignment: Assignment,
    prepared: Preparation,
    weights: Doubles,
    of_words: Callable[[int, Categories, Doubles], str],
) -> list[str]:
    """What is summed: the numbers by their rows of `weights` (columns, outputs), then the words of
    each column by theirs, as `of_words` adds them."""
    place = len(assignment.signature.numeric)
    numeric = (prepared.fill, prepared.mean, prepared.scale, weights[:place])
    terms = [add_numeric_terms(graph, *numeric)] if place else []
    for column, known in enumerate(prepared.words):
        terms.append(of_words(column, known, weights[place : place + len(known.words)]))
        place += len(known.words)
    return terms


def _for_each_class(values: Doubles) -> Doubles:
    """Of two classes scikit-learn keeps the second alone: the softmax of 0 and it is the same."""
    return np.concatenate([np.zeros_like(values), values]) if len(values) == 1 else values
