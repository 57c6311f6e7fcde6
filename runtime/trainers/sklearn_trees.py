"""Boosted trees and forests: numbers as they are, words by their code, missing values missing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compiler.interfaces.model_inputs import Signature
from .categories import Categories, learn_categories
from .inputs import ModelInputs
from .onnx_graph import Graph, finish
from .onnx_trees import Trees, add_trees, boosted_trees, class_forest_trees, forest_trees
from .sklearn_linear import predicted
from .trained import Assignment, Trained
from .training_set import Part

# Losses whose raw score is the logarithm of the prediction.
_LOG_LINKS = ("poisson", "gamma")


_ENDS = (np.array(0, dtype=np.float32), np.array(1, dtype=np.float32))


def fit_trees(model: Any, assignment: Assignment, rows: Part) -> Trained:
    """Fit a tree ensemble of scikit-learn and export it with its word codes."""
    words = [learn_categories(column) for column in rows.inputs.categorical.T]
    model.fit(_matrix(rows.inputs, words), rows.labels)
    if hasattr(model, "n_jobs"):
        model.set_params(n_jobs=1)  # a forest adds its trees up in the order of its threads

    def native(inputs: ModelInputs) -> NDArray[np.float64]:
        return predicted(model, assignment.task, _matrix(inputs, words))

    trees, data = _export(model, assignment, words)
    facts = {
        "trees": int(trees.tree[-1]) + 1,
        "nodes": len(trees.node),
        "words": _word_counts(assignment.signature, words),
    }
    return Trained(data, native, facts)


def _matrix(inputs: ModelInputs, words: list[Categories]) -> NDArray[np.float32]:
    codes = [known.codes(inputs.categorical[:, i]) for i, known in enumerate(words)]
    return np.column_stack([inputs.numeric, *codes]) if codes else inputs.numeric


def _export(model: Any, assignment: Assignment, words: list[Categories]) -> tuple[Trees, bytes]:
    graph = Graph()
    codes = [
        graph.word_column(place, known, range(len(known.words)), default=np.nan)
        for place, known in enumerate(words)
    ]
    columns = (["numeric"] if assignment.signature.numeric else []) + codes
    matrix = columns[0] if len(columns) == 1 else graph.add("Concat", *columns, axis=1)
    classes = assignment.classes
    if classes:
        trees, output = _add_classes(graph, matrix, model, len(classes))
        return trees, finish(graph, output, assignment.signature, assignment.task, classes)
    binary = assignment.task == "binary_classification"
    if hasattr(model, "_predictors"):
        trees = boosted_trees(model)
        base = float(np.ravel(model._baseline_prediction)[0])
        output = add_trees(graph, matrix, trees, base=[base])
        if binary:
            # As a node of its own: ONNX Runtime ignores LOGISTIC on a regressor of one target.
            output = graph.add("Sigmoid", output)
        elif model.get_params()["loss"] in _LOG_LINKS:
            output = graph.add("Exp", output)
    else:
        trees = forest_trees(model, positive_class=binary)
        output = add_trees(graph, matrix, trees)
    return trees, finish(graph, output, assignment.signature, assignment.task)


def _add_classes(graph: Graph, matrix: str, model: Any, classes: int) -> tuple[Trees, str]:
    """Probabilities (rows, classes): the softmax of boosted sums, or the mean over a forest."""
    if not hasattr(model, "_predictors"):
        trees = class_forest_trees(model)
        means = add_trees(graph, matrix, trees, base=[0.0] * classes)
        # Sums in single precision may be a rounding above 1.
        return trees, graph.add("Clip", means, *map(graph.constant, _ENDS))
    trees = boosted_trees(model, classes)
    own = np.ravel(model._baseline_prediction).tolist()
    base = [0.0] * (classes - len(own)) + own
    sums = add_trees(graph, matrix, trees, base=base)
    return trees, graph.add("Softmax", sums, axis=1)


def _word_counts(wanted: Signature, words: list[Categories]) -> dict[str, int]:
    return {name: len(known.words) for name, known in zip(wanted.categorical, words, strict=True)}
