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
    """`((numeric, missing filled) - mean) / scale @ weights`, of shape (rows, 1)."""
    doubles = graph.add("Cast", "numeric", to=TensorProto.DOUBLE)
    filled = graph.add("Where", graph.add("IsNaN", doubles), graph.constant(fill), doubles)
    centred = graph.add("Sub", filled, graph.constant(mean))
    scaled = graph.add("Div", centred, graph.constant(scale))
    return graph.add("MatMul", scaled, graph.constant(weights.reshape(-1, 1)))


def add_word_terms(
    graph: Graph, place: int, categories: Categories, weights: Sequence[float]
) -> str:
    """The weight of each word, 0 for an unknown one, of shape (rows, 1)."""
    term = graph.word_column(place, categories, weights, default=0.0)
    return graph.add("Cast", term, to=TensorProto.DOUBLE)


def add_sum(graph: Graph, terms: Sequence[str], intercept: float, *, logistic: bool) -> str:
    """The terms and the intercept added up, through the logistic function if asked for."""
    total = graph.constant(np.array([[intercept]], dtype=np.float64))
    for term in terms:
        total = graph.add("Add", total, term)
    if logistic:
        total = graph.add("Sigmoid", total)
    return graph.add("Cast", total, to=TensorProto.FLOAT)
