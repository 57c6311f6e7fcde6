"""Hostile model files are refused before ONNX Runtime sees them."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from onespec.runtime.trainers import model_file
from onespec.runtime.trainers.inputs import SIGNATURE_KEY
from onespec.runtime.trainers.model_file import ModelFileError, inspect_model
from onespec.runtime.trainers.scorer import Scorer

sys.path.insert(0, str(Path(__file__).parent))
from ml_rows import fit, training_set


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    data = training_set(tmp_path_factory.mktemp("data"), rows=600)
    return fit(data, "sklearn.ensemble.HistGradientBoostingClassifier", max_iter=5).model


def test_field_numbers_are_those_of_onnx() -> None:
    for name, inner in model_file.MESSAGES.items():
        fields = getattr(onnx, name).DESCRIPTOR.fields
        messages = {
            f.number: f.message_type.name
            for f in fields
            if f.message_type is not None and f.message_type.name in model_file.MESSAGES
        }
        assert inner == messages, name
    tensor = onnx.TensorProto.DESCRIPTOR.fields_by_name
    assert tensor["external_data"].number == model_file.EXTERNAL_DATA
    assert tensor["data_location"].number == model_file.DATA_LOCATION
    assert ("NodeProto", onnx.NodeProto.DESCRIPTOR.fields_by_name["domain"].number) in (
        model_file.DOMAIN_FIELDS
    )


def test_every_message_that_can_hold_a_tensor_or_a_node_is_walked() -> None:
    """Follow ONNX's own descriptors from the model: what reaches a tensor must be known."""
    seen, todo = set(), [onnx.ModelProto.DESCRIPTOR]
    reaches = {}
    while todo:
        message = todo.pop()
        if message.name in seen:
            continue
        seen.add(message.name)
        reaches[message.name] = {f.message_type.name for f in message.fields if f.message_type}
        todo += [f.message_type for f in message.fields if f.message_type]
    needed = {"TensorProto", "NodeProto", "OperatorSetIdProto"}
    while True:
        more = {name for name, to in reaches.items() if to & needed} - needed
        if not more:
            break
        needed |= more
    assert needed <= set(model_file.MESSAGES)


def test_honest_models_pass(honest: bytes) -> None:
    inspect_model(honest)
    assert Scorer.load(honest).task == "binary_classification"


def test_external_data_is_refused_wherever_it_hides(honest: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(np.zeros(4, np.float32).tobytes())
    places = [_in_initializer, _in_attribute, _in_subgraph, _in_sparse, _in_function]
    for place in places:
        model = onnx.load_from_string(honest)
        place(model, _external(str(tmp_path / "secret")))
        with pytest.raises(ModelFileError, match="another file"):
            Scorer.load(bytes(model.SerializeToString()))


def test_the_location_alone_is_enough_to_be_refused(honest: bytes) -> None:
    model = onnx.load_from_string(honest)
    tensor = _external("x")
    del tensor.external_data[:]
    _in_initializer(model, tensor)
    with pytest.raises(ModelFileError, match="another file"):
        inspect_model(bytes(model.SerializeToString()))


def test_operators_outside_the_standard_are_refused(honest: bytes) -> None:
    model = onnx.load_from_string(honest)
    model.graph.node[0].domain = "com.microsoft"
    with pytest.raises(ModelFileError, match="outside the ONNX standard"):
        inspect_model(bytes(model.SerializeToString()))
    model = onnx.load_from_string(honest)
    model.opset_import.append(helper.make_opsetid("evil", 1))
    with pytest.raises(ModelFileError, match="outside the ONNX standard"):
        inspect_model(bytes(model.SerializeToString()))


def test_other_formats_are_refused() -> None:
    import pickle

    for data in (b"", b"\x00\x00\x00\x00ORTM" + bytes(64), pickle.dumps(print), b"\x80\x04."):
        with pytest.raises(ModelFileError):
            Scorer.load(data)


def test_a_model_of_somebody_else_is_refused() -> None:
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["score"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n"])],
    )
    opsets = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    with pytest.raises(ModelFileError, match="does not say which features"):
        Scorer.load(bytes(model.SerializeToString()))
    text = '{"task": "regression", "numeric": ["a"], "categorical": []}'
    helper.set_model_props(model, {SIGNATURE_KEY: text})
    with pytest.raises(ModelFileError, match="not those that it declares"):
        Scorer.load(bytes(model.SerializeToString()))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damage_never_escapes_as_another_error(honest: bytes, data: st.DataObject) -> None:
    """Flipped and truncated files are either refused or still walk to the end."""
    broken = bytearray(honest[: data.draw(st.integers(0, len(honest)))])
    for _ in range(data.draw(st.integers(0, 4))):
        if broken:
            broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ModelFileError):
        inspect_model(bytes(broken))


def test_nesting_is_bounded() -> None:
    depth, blob = 200, b""
    for _ in range(depth):  # graph > node > attribute > graph …
        for tag in (0x32, 0x2A, 0x0A):
            blob = bytes([tag]) + _varint(len(blob)) + blob
    with pytest.raises(ModelFileError, match="too deeply"):
        inspect_model(b"\x3a" + _varint(len(blob)) + blob)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _external(path: str) -> Any:
    tensor = numpy_helper.from_array(np.zeros(4, np.float32), "stolen")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=path)
    return tensor


def _in_initializer(model: Any, tensor: Any) -> None:
    model.graph.initializer.append(tensor)


def _in_attribute(model: Any, tensor: Any) -> None:
    model.graph.node.append(helper.make_node("Constant", [], ["stolen"], value=tensor))


def _in_subgraph(model: Any, tensor: Any) -> None:
    inner = helper.make_graph([], "inner", [], [], [tensor])
    node = helper.make_node("If", ["c"], ["stolen"], then_branch=inner, else_branch=inner)
    model.graph.node.append(node)


def _in_sparse(model: Any, tensor: Any) -> None:
    sparse = model.graph.sparse_initializer.add(dims=[4])
    sparse.values.CopyFrom(tensor)


def _in_function(model: Any, tensor: Any) -> None:
    node = helper.make_node("Constant", [], ["y"], value=tensor)
    opsets = [helper.make_opsetid("", 18)]
    model.functions.append(helper.make_function("", "f", [], ["y"], [node], opsets))
