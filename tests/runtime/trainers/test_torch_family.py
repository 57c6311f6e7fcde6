"""Networks: repeatable to the bit, exported as they are, on every device that is there."""

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pyarrow as pa
import pytest
import safetensors.numpy
import torch

from onespec.compiler.plan import Task
from onespec.runtime.errors import StepError
from onespec.runtime.trainers import torch_family
from onespec.runtime.trainers.compare import compare, with_edges
from onespec.runtime.trainers.inputs import ModelInputs
from onespec.runtime.trainers.onnx_graph import Graph
from onespec.runtime.trainers.onnx_network import add_network
from onespec.runtime.trainers.scorer import Scorer
from onespec.runtime.trainers.torch_networks import conv_net, mlp
from onespec.runtime.trainers.training_set import TrainingSet, read_training_set

sys.path.insert(0, str(Path(__file__).parent))
from ml_rows import FEATURES, feature, fit, training_set, training_table, write_table

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
ON_EVERY_DEVICE = pytest.mark.parametrize("device", DEVICES)
MLP, CONV_NET = "onespec.torch.MLP", "onespec.torch.ConvNet"
QUICK: dict[str, Any] = {"hidden": [16], "epochs": 4, "batch_size": 64}
PIXELS = tuple(feature(f"image.p{place:02}", "float") for place in range(2 * 4 * 6))


def images(folder: Path, rows: int = 400) -> TrainingSet:
    """Images in two channels, 4 by 6; the label says which half of the first one is brighter."""
    rng = np.random.default_rng(3)
    pixels = rng.normal(size=(rows, 2, 4, 6)).astype(np.float32)
    bright = rng.random(rows) < 0.5
    pixels[bright, 0, :, 3:] += 1.0
    pixels[~bright, 0, :, :3] += 1.0
    flat = pixels.reshape(rows, -1)
    base = training_table(rows).drop_columns([f.reference for f in FEATURES])
    table = base.set_column(base.column_names.index("label"), "label", pa.array(bright))
    for place, one in enumerate(PIXELS):
        missing = rng.random(rows) < 0.02
        table = table.append_column(one.reference, pa.array(flat[:, place], mask=missing))
    path = write_table(folder, table)
    return read_training_set(path, "binary_classification", PIXELS)


@ON_EVERY_DEVICE
@pytest.mark.parametrize(
    "task", ["binary_classification", "multiclass_classification", "regression"]
)
def test_the_export_says_what_torch_says(tmp_path: Path, task: Task, device: str) -> None:
    data = training_set(tmp_path, task)
    trained = fit(data, MLP, device=device, hidden=[32, 16], dropout=0.2, epochs=15)
    scorer = Scorer.load(trained.model, FEATURES)
    rows = data.part("validation")
    assert compare(scorer, trained.native, rows.inputs).largest <= 1e-5
    scores = scorer.score_inputs(rows.inputs)
    if task == "multiclass_classification":
        assert scores.shape == (len(rows), 4)
        assert np.allclose(scores.sum(axis=1), 1)
        assert float(np.mean(scores.argmax(axis=1) == rows.labels)) > 0.6, "it has learnt nothing"
    elif task == "regression":
        left = float(np.mean((scores - rows.labels) ** 2)) / float(rows.labels.var())
        assert left < 0.25, "it has learnt nothing"
    else:
        assert float(np.mean((scores > 0.5) == rows.labels)) > 0.85, "it has learnt nothing"


@ON_EVERY_DEVICE
def test_a_network_of_images_sees_where_things_are(tmp_path: Path, device: str) -> None:
    data = images(tmp_path)
    params: dict[str, Any] = {"image": [2, 4, 6], "channels": [8, 16], "hidden": 16, "epochs": 20}
    trained = fit(data, CONV_NET, device=device, **params)
    scorer = Scorer.load(trained.model, PIXELS)
    test = data.part("test")
    assert compare(scorer, trained.native, test.inputs).largest <= 1e-5
    assert float(np.mean((scorer.score_inputs(test.inputs) > 0.5) == test.labels)) > 0.9
    # The other channel is noise: without the first, it is a guess.
    blind = ModelInputs(test.inputs.numeric.copy(), test.inputs.categorical)
    blind.numeric[:, :24] = 0.0
    assert float(np.mean((scorer.score_inputs(blind) > 0.5) == test.labels)) < 0.75


@ON_EVERY_DEVICE
@pytest.mark.parametrize("name", [MLP, CONV_NET])
def test_equal_trainings_give_equal_bytes(tmp_path: Path, name: str, device: str) -> None:
    data = images(tmp_path) if name == CONV_NET else training_set(tmp_path, rows=1000)
    params: dict[str, Any] = {"epochs": 4, "dropout": 0.3, "batch_size": 50}
    if name == CONV_NET:
        params["image"] = [2, 4, 6]
    torch.manual_seed(1)
    once = fit(data, name, device=device, **params)
    torch.manual_seed(2)
    torch.rand(3)
    state = torch.get_rng_state()
    again = fit(data, name, device=device, **params)
    assert once.model == again.model
    assert once.files == again.files
    assert torch.equal(torch.get_rng_state(), state), "other steps' numbers have changed"
    assert not torch.are_deterministic_algorithms_enabled()
    other = fit(data, name, device=device, seed=1, **params)
    assert other.model != once.model


def test_as_many_threads_give_the_same_bits(tmp_path: Path) -> None:
    """A sum over rows is split among the threads, and rounded otherwise by another number."""
    data = images(tmp_path)
    params: dict[str, Any] = {"image": [2, 4, 6], "epochs": 3}
    one, two, again = (fit(data, CONV_NET, threads, **params) for threads in (1, 2, 2))
    assert two.model == again.model
    assert (one.facts["threads"], two.facts["threads"]) == (1, 2)
    rows = data.part("test").inputs
    assert np.abs(one.native(rows) - two.native(rows)).max() < 1e-3


def test_training_ends_when_unseen_rows_are_told_no_better(tmp_path: Path) -> None:
    data = training_set(tmp_path, rows=1000)
    params: dict[str, Any] = {"hidden": [64], "learning_rate": 0.02}
    trained = fit(data, MLP, epochs=200, patience=3, **params)
    assert trained.facts["epochs"] == trained.facts["best_epoch"] + 3 < 200
    # The weights are those of the best epoch: a training that ends there has the same.
    exact = fit(data, MLP, epochs=trained.facts["best_epoch"], patience=None, **params)
    assert exact.model == trained.model


def test_a_class_that_only_later_rows_have_does_not_disturb(tmp_path: Path) -> None:
    table = training_table(600, "multiclass_classification")
    label = table.column("label").to_pylist()
    label[450:480] = [99] * 30
    place = table.column_names.index("label")
    path = write_table(tmp_path, table.set_column(place, "label", pa.array(label)))
    data = read_training_set(path, "multiclass_classification", FEATURES)
    assert data.strange == (99,)
    trained = fit(data, MLP, **QUICK)
    assert Scorer.load(trained.model, FEATURES).classes == (0, 10, 20, 30)
    assert np.isfinite(trained.facts["validation_loss"])


def test_a_loss_that_is_no_number_is_told(tmp_path: Path) -> None:
    data = training_set(tmp_path, "regression", rows=300)
    with pytest.raises(StepError, match="no number in epoch"):
        fit(
            data,
            MLP,
            hidden=[8, 8, 8],
            learning_rate=10,
            weight_decay=10,
            epochs=500,
            patience=None,
        )


def test_weights_are_kept_without_a_pickle(tmp_path: Path) -> None:
    data = training_set(tmp_path, rows=500)
    trained = fit(data, MLP, **QUICK)
    weights = safetensors.numpy.load(trained.files["weights.safetensors"])
    assert {name: array.shape for name, array in weights.items()}["0.bias"] == (16,)
    assert sum(array.size for array in weights.values()) == trained.facts["parameters"]


@pytest.mark.parametrize("kind", ["mlp", "conv_net"])
def test_our_export_is_that_of_torch(kind: str) -> None:
    """torch's own exporter is the oracle of the layers that we write."""
    torch.manual_seed(0)
    params = {"image": [3, 8, 9], "channels": [5, 7], "hidden": [11, 6], "dropout": 0.5}
    network = mlp(params, 216, 4)
    if kind == "conv_net":
        network = conv_net({**params, "hidden": 11}, 216, 4)
        for layer in network:
            if isinstance(layer, torch.nn.BatchNorm2d):
                torch.nn.init.normal_(layer.running_mean)
                torch.nn.init.uniform_(layer.running_var, 0.5, 2)
    network.eval()
    rows = torch.randn(17, 216)
    rest = {"rows": torch.export.Dim("rows")}
    shapes = ({0: rest["rows"]},)
    theirs = torch.onnx.export(
        network, (rows,), dynamo=True, dynamic_shapes=shapes, verbose=False, opset_version=18
    )
    assert theirs is not None
    sink = io.BytesIO()
    theirs.save(sink)
    expected = _run(sink.getvalue(), rows)
    assert np.allclose(_run(_plain(network, 216), rows), expected, atol=1e-6)
    assert np.allclose(expected, network(rows).detach().numpy(), atol=1e-5)


def _plain(network: torch.nn.Sequential, width: int) -> bytes:
    from onnx import TensorProto, helper

    graph = Graph()
    output = add_network(graph, network, "rows")
    proto = helper.make_graph(
        graph.nodes,
        "network",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["n", width])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", 18)]
    data: bytes = helper.make_model(proto, opset_imports=opsets, ir_version=9).SerializeToString()
    return data


def _run(model: bytes, rows: torch.Tensor) -> Any:
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: rows.numpy()})[0]


def test_a_layer_that_we_cannot_export_is_an_error() -> None:
    with pytest.raises(KeyError):
        add_network(Graph(), torch.nn.Sequential(torch.nn.Tanh()), "rows")


def test_missing_and_unknown_values_are_scored(tmp_path: Path) -> None:
    data = training_set(tmp_path, rows=600)
    trained = fit(data, MLP, **QUICK)
    rows = with_edges(data.part("test").inputs)
    scores = Scorer.load(trained.model, FEATURES).score_inputs(rows)
    assert np.isfinite(scores).all()
    assert scores[-1] != scores[-2], "a missing word is not an unknown one"


def test_why_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert torch_family.why_no_gpu() == ""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", None)
    assert torch_family.why_no_gpu() == f"torch {torch.__version__} is built for CPUs"
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    assert "finds no GPU that it can use" in torch_family.why_no_gpu()
