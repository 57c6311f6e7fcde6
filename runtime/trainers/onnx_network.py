"""A network of torch as ONNX, layer by layer, after the preparation of its columns.

Written by us and not by torch's exporter: that takes five seconds, needs two more packages, and
puts paths of the machine into the file. A test holds the two equal.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import TensorProto
from torch import nn

from ...compiler.interfaces.model_inputs import Signature
from .onnx_graph import Graph
from .preparation import Preparation

_FLOAT = TensorProto.FLOAT


def add_matrix(graph: Graph, prepared: Preparation, wanted: Signature) -> str:
    """The prepared columns, float32 of shape (rows, width)."""
    blocks = []
    if wanted.numeric:
        doubles = graph.add("Cast", "numeric", to=TensorProto.DOUBLE)
        fill = graph.constant(prepared.fill)
        filled = graph.add("Where", graph.add("IsNaN", doubles), fill, doubles)
        centred = graph.add("Sub", filled, graph.constant(prepared.mean))
        scaled = graph.add("Div", centred, graph.constant(prepared.scale))
        blocks.append(graph.add("Cast", scaled, to=_FLOAT))
    for place, known in enumerate(prepared.words):
        if known.words:
            count = len(known.words)
            codes = graph.word_column(place, known, range(count), default=-1.0)
            places = graph.constant(np.arange(count, dtype=np.float32))
            blocks.append(graph.add("Cast", graph.add("Equal", codes, places), to=_FLOAT))
    return blocks[0] if len(blocks) == 1 else graph.add("Concat", *blocks, axis=1)


def add_network(graph: Graph, network: nn.Sequential, inputs: str) -> str:
    """The network's raw outputs, (rows, outputs). Raises KeyError for a layer that is unknown."""
    output = inputs
    for layer in network:
        output = _LAYERS[type(layer)](graph, layer, output)
    return output


def _reshaped(graph: Graph, layer: Any, x: str) -> str:
    shape = np.array([-1, *layer.unflattened_size], dtype=np.int64)
    return graph.add("Reshape", x, graph.constant(shape))


def _convolved(graph: Graph, layer: Any, x: str) -> str:
    pad = [*layer.padding, *layer.padding]
    weights = graph.constant(_array(layer.weight))
    return graph.add("Conv", x, weights, pads=pad, kernel_shape=list(layer.kernel_size))


def _normalised(graph: Graph, layer: Any, x: str) -> str:
    parts = (layer.weight, layer.bias, layer.running_mean, layer.running_var)
    constants = [graph.constant(_array(part)) for part in parts]
    return graph.add("BatchNormalization", x, *constants, epsilon=layer.eps)


def _pooled(graph: Graph, layer: Any, x: str) -> str:
    size = [layer.kernel_size] * 2
    return graph.add("MaxPool", x, kernel_shape=size, strides=size)


def _dense(graph: Graph, layer: Any, x: str) -> str:
    weights, bias = graph.constant(_array(layer.weight)), graph.constant(_array(layer.bias))
    return graph.add("Gemm", x, weights, bias, transB=1)


_LAYERS: Mapping[type, Callable[[Graph, Any, str], str]] = {
    nn.Unflatten: _reshaped,
    nn.Conv2d: _convolved,
    nn.BatchNorm2d: _normalised,
    nn.ReLU: lambda graph, _, x: graph.add("Relu", x),
    nn.MaxPool2d: _pooled,
    nn.Flatten: lambda graph, _, x: graph.add("Flatten", x, axis=1),
    nn.Dropout: lambda _graph, _layer, x: x,
    nn.Linear: _dense,
}


def _array(tensor: torch.Tensor) -> NDArray[Any]:
    array: NDArray[Any] = tensor.detach().cpu().contiguous().numpy()
    return array
