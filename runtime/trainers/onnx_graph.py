"""One ONNX graph from features to score, put together from a few pieces.

The graph reads `numeric` (float32, rows by k) and `categorical` (string, rows by m), as far as
there are such features, and yields `score` (float32, one a row), or of a multiclass model
`probabilities` (float32, rows by classes). The names of the features and the classes are in the
metadata. Equal models give equal bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ...compiler.interfaces.model_inputs import TENSOR_TYPES, Signature, TensorName
from ...compiler.plan import Task
from .categories import Categories
from .classes import Classes
from .inputs import SIGNATURE_KEY, output_name

# Old enough for ONNX Runtime 1.17 and later.
_OPSETS = (("", 18), ("ai.onnx.ml", 3))
_IR_VERSION = 9


@dataclass(slots=True)
class Graph:
    """Nodes in order; every method adds one and returns the name of its output."""

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(
                operator, list(inputs), [output], name=output, domain=domain, **attributes
            )
        )
        return output

    def constant(self, value: Any) -> str:
        """A numpy array as an initializer."""
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def word_column(self, place: int, categories: Categories, values: Any, default: float) -> str:
        """Column `place` of the categorical input, each known word replaced by its value."""
        column = self.add(
            "Gather", "categorical", self.constant(np.array([place], dtype=np.int64)), axis=1
        )
        if not categories.words:
            # The operator needs a word: one that is not a word of any column.
            categories, values = Categories(("\x00",)), [default]
        return self.add(
            "LabelEncoder",
            column,
            domain="ai.onnx.ml",
            keys_strings=list(categories.words),
            values_floats=[float(value) for value in values],
            default_float=float(default),
        )


def finish(
    graph: Graph, output: str, wanted: Signature, task: Task, classes: Classes = ()
) -> bytes:
    """The model with `output` as its `score`: any shape with one number a row, or with one for each
    of `classes`, which are then the `probabilities`."""
    name = output_name(classes)
    shape = [-1, len(classes)] if classes else [-1]
    flat = graph.constant(np.array(shape, dtype=np.int64))
    graph.nodes.append(helper.make_node("Reshape", [output, flat], [name], name=name))
    widths: Mapping[TensorName, int] = {
        "numeric": len(wanted.numeric),
        "categorical": len(wanted.categorical),
    }
    inputs = [_input(name, width) for name, width in widths.items() if width]
    shown = ["rows", len(classes)] if classes else ["rows"]
    score = helper.make_tensor_value_info(name, TensorProto.FLOAT, shown)
    model = helper.make_model(
        helper.make_graph(graph.nodes, "onespec", inputs, [score], graph.constants),
        opset_imports=[helper.make_opsetid(name, version) for name, version in _OPSETS],
        ir_version=_IR_VERSION,
        producer_name="onespec",
    )
    helper.set_model_props(model, {SIGNATURE_KEY: signature_text(wanted, task, classes)})
    onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString(deterministic=True)
    return data


_KINDS = {"float32": TensorProto.FLOAT, "string": TensorProto.STRING}


def _input(name: TensorName, width: int) -> Any:
    return helper.make_tensor_value_info(name, _KINDS[TENSOR_TYPES[name]], ["rows", width])


def signature_text(wanted: Signature, task: Task, classes: Classes = ()) -> str:
    """What the metadata says of a model, under `SIGNATURE_KEY`."""
    return json.dumps(
        {
            "task": task,
            "numeric": list(wanted.numeric),
            "categorical": list(wanted.categorical),
            **({"classes": list(classes)} if classes else {}),
        },
        sort_keys=True,
        ensure_ascii=False,
    )
