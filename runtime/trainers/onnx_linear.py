"""Linear models over imputed, scaled numbers and one-hot words, computed in float64."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from .categories import Categories
from .onnx_graph import Graph

Doubles = NDArray[np.float64]


def add_numeric_terms(
    graph: Graph, fill: Doubles, mean: Doubles, scale: Doubles, weights: Doubles
) -> str:
    """`((numeric, missing filled) - mean) / scale @ weights`, with a column for each class, or of
    shape (rows, 1)."""
    doubles = graph.add("Cast", "numeric", to=TensorProto.DOUBLE)
    filled = graph.add("Where", graph.add("IsNaN", doubles), graph.constant(fill), doubles)
    centred = graph.add("Sub", filled, graph.constant(mean))
    scaled = graph.add("Div", centred, graph.constant(scale))
    return graph.add("MatMul", scaled, graph.constant(weights))


def add_word_terms(
    graph: Graph, place: int, categories: Categories, weights: Sequence[float]
) -> str:
    """The weight of each word, 0 for an unknown one, of shape (rows, 1)."""
    term = graph.word_column(place, categories, weights, default=0.0)
    return graph.add("Cast", term, to=TensorProto.DOUBLE)


def add_class_word_terms(graph: Graph, place: int, categories: Categories, weights: Doubles) -> str:
    """The weights (words, classes) of each row's word, 0 for an unknown one: (rows, classes)."""
    count = len(categories.words)
    code = graph.word_column(place, categories, range(count), default=float(count))
    rows = graph.add("Cast", code, to=TensorProto.INT64)
    flat = graph.add("Reshape", rows, graph.constant(np.array([-1], dtype=np.int64)))
    table = np.vstack([weights, np.zeros((1, weights.shape[1]))])
    return graph.add("Gather", graph.constant(table), flat, axis=0)


def add_softmax(graph: Graph, terms: Sequence[str], intercepts: Doubles) -> str:
    """The terms and the intercepts (classes,) added up, as probabilities of the classes."""
    total = graph.constant(intercepts.reshape(1, -1))
    for term in terms:
        total = graph.add("Add", total, term)
    return graph.add("Cast", graph.add("Softmax", total, axis=1), to=TensorProto.FLOAT)


def add_sum(graph: Graph, terms: Sequence[str], intercept: float, *, logistic: bool) -> str:
    """The terms and the intercept added up, through the logistic function if asked for."""
    total = graph.constant(np.array([[intercept]], dtype=np.float64))
    for term in terms:
        total = graph.add("Add", total, term)
    if logistic:
        total = graph.add("Sigmoid", total)
    return graph.add("Cast", total, to=TensorProto.FLOAT)
