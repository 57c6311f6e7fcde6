"""A candidate is tried in a child that may die without harm."""

import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from onespec.runtime.errors import StepError
from onespec.runtime.trainers.golden import Golden, golden_rows, read_golden, write_golden
from onespec.runtime.trainers.inputs import SIGNATURE_KEY
from onespec.runtime.trainers.probe import probe
from onespec.runtime.trainers.scorer import Scorer

sys.path.insert(0, str(Path(__file__).parent))
from ml_rows import FEATURES, fit, training_set


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Golden]:
    folder = tmp_path_factory.mktemp("data")
    data = training_set(folder, rows=600)
    model = fit(data, "sklearn.ensemble.HistGradientBoostingClassifier", max_iter=5).model
    scorer = Scorer.load(model, FEATURES)
    write_golden(golden_rows(scorer, data.part("validation").inputs), folder / "golden.json")
    return model, read_golden(folder / "golden.json")


def test_a_good_model_is_measured(candidate: tuple[bytes, Golden]) -> None:
    model, golden = candidate
    found = probe(model, golden, calls=200)
    assert 0 < found.latency_p50 <= found.latency_p99 < 1
    assert found.model_size == len(model)
    assert found.difference == 0
    assert len(golden.rows) == 32


def test_other_golden_scores_are_noticed(candidate: tuple[bytes, Golden]) -> None:
    model, golden = candidate
    wrong = Golden(golden.rows, (*golden.scores[:-1], golden.scores[-1] + 1e-3))
    with pytest.raises(StepError, match=r"otherwise, by up to 0\.001"):
        probe(model, wrong, calls=1)


def test_a_model_that_eats_memory_does_not_harm_the_parent() -> None:
    golden = Golden(({"a": 1.0},), (0.0,))
    with pytest.raises(StepError, match="load"):
        probe(_hungry(8 << 30), golden, memory=256 << 20, calls=1)


def test_the_memory_limit_is_what_stops_it() -> None:
    """The control: the same graph within the limit is scored."""
    golden = Golden(({"a": 1.0},), (1.0,))
    assert probe(_hungry(64 << 20), golden, memory=1 << 30, calls=1).difference == 0


def test_a_hostile_file_is_refused_by_the_child(candidate: tuple[bytes, Golden]) -> None:
    with pytest.raises(StepError, match="does not load"):
        probe(b"\x80\x04.", candidate[1], calls=1)


def test_a_model_that_takes_too_long_is_ended(candidate: tuple[bytes, Golden]) -> None:
    model, golden = candidate
    with pytest.raises(StepError, match=r"did not answer within|signal"):
        probe(model, golden, seconds=2, calls=10_000_000)


def _hungry(size: int) -> bytes:
    """A graph that makes `size` bytes of ones in order to answer with their maximum."""
    count = numpy_helper.from_array(np.array([size // 4], np.int64), "count")
    flat = numpy_helper.from_array(np.array([-1], np.int64), "flat")
    one = helper.make_tensor("v", TensorProto.FLOAT, [1], [1.0])
    nodes = [
        # Its size depends on the input, so that it is not folded away at loading.
        helper.make_node("ReduceMax", ["numeric"], ["m"], keepdims=0),
        helper.make_node("Cast", ["m"], ["i"], to=TensorProto.INT64),
        helper.make_node("Mul", ["count", "i"], ["shape"]),
        helper.make_node("ConstantOfShape", ["shape"], ["big"], value=one),
        helper.make_node("ReduceMax", ["big"], ["top"], keepdims=0),
        helper.make_node("Reshape", ["top", "flat"], ["score"]),
    ]
    graph = helper.make_graph(
        nodes,
        "hungry",
        [helper.make_tensor_value_info("numeric", TensorProto.FLOAT, ["rows", 1])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["rows"])],
        [count, flat],
    )
    opsets = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    text = '{"task": "regression", "numeric": ["a"], "categorical": []}'
    helper.set_model_props(model, {SIGNATURE_KEY: text})
    return bytes(model.SerializeToString())
