"""Fit, export, compare: the ONNX graph says what scikit-learn says, and equal runs equal bytes."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto

from onespec.compiler.interfaces.model_inputs import TENSOR_TYPES, signature
from onespec.compiler.plan import Task
from onespec.runtime.errors import StepError
from onespec.runtime.trainers import onnx_trees
from onespec.runtime.trainers.compare import compare, with_edges
from onespec.runtime.trainers.inputs import ModelInputs
from onespec.runtime.trainers.scorer import Scorer

sys.path.insert(0, str(Path(__file__).parent))
from ml_rows import FEATURES, NUMERIC, feature, fit, training_set

SMALL_BOOSTING: dict[str, Any] = {"max_iter": 20, "max_leaf_nodes": 15}
SMALL_FOREST: dict[str, Any] = {"n_estimators": 10, "max_depth": 8}
CASES: list[tuple[Task, str, dict[str, Any]]] = [
    ("binary_classification", "sklearn.ensemble.HistGradientBoostingClassifier", SMALL_BOOSTING),
    ("binary_classification", "sklearn.ensemble.RandomForestClassifier", SMALL_FOREST),
    ("binary_classification", "sklearn.linear_model.LogisticRegression", {}),
    ("regression", "sklearn.ensemble.HistGradientBoostingRegressor", SMALL_BOOSTING),
    (
        "regression",
        "sklearn.ensemble.HistGradientBoostingRegressor",
        {**SMALL_BOOSTING, "loss": "gamma"},
    ),
    ("regression", "sklearn.ensemble.RandomForestRegressor", SMALL_FOREST),
    (
        "regression",
        "sklearn.ensemble.RandomForestRegressor",
        {**SMALL_FOREST, "criterion": "poisson"},
    ),
    ("regression", "sklearn.linear_model.Ridge", {}),
    ("multiclass_classification", "sklearn.linear_model.LogisticRegression", {}),
    (
        "multiclass_classification",
        "sklearn.ensemble.HistGradientBoostingClassifier",
        {**SMALL_BOOSTING, "class_weight": "balanced"},
    ),
    ("multiclass_classification", "sklearn.ensemble.RandomForestClassifier", SMALL_FOREST),
]
CLASSES = CASES[-3:]


@pytest.mark.parametrize(("task", "name", "params"), CASES)
def test_export_equals_native_on_real_and_edge_rows(
    tmp_path: Path, task: Task, name: str, params: dict[str, Any]
) -> None:
    data = training_set(tmp_path, task)
    if "gamma" in params.values() or "poisson" in params.values():
        data = _positive(data)
    trained = fit(data, name, **params)
    scorer = Scorer.load(trained.model, FEATURES)
    found = compare(scorer, trained.native, data.part("validation").inputs)
    assert found.rows == len(data.part("validation")) + 2
    assert found.largest <= 1e-5


def test_the_model_reads_what_the_contract_says(tmp_path: Path) -> None:
    """Names, types and widths of the graph's inputs are those of `interfaces.model_inputs`."""
    data = training_set(tmp_path, rows=1000)
    model = onnx.load_from_string(fit(data, CASES[2][1]).model)
    kinds = {TensorProto.FLOAT: "float32", TensorProto.STRING: "string"}
    found = {
        i.name: (kinds[i.type.tensor_type.elem_type], i.type.tensor_type.shape.dim[1].dim_value)
        for i in model.graph.input
    }
    wanted = signature(FEATURES)
    assert found == {
        name: (kind, len(getattr(wanted, name))) for name, kind in TENSOR_TYPES.items()
    }


@pytest.mark.parametrize(("task", "name", "params"), [*CASES[:3], *CLASSES])
def test_equal_trainings_give_equal_bytes_on_any_number_of_threads(
    tmp_path: Path, task: Task, name: str, params: dict[str, Any]
) -> None:
    data = training_set(tmp_path, task, rows=1500)
    once, again = fit(data, name, 1, **params), fit(data, name, 2, **params)
    assert once.model == again.model
    assert once.facts == again.facts


def test_another_seed_gives_other_bytes(tmp_path: Path) -> None:
    from onespec.compiler.plan import Estimator
    from onespec.runtime.trainers.sklearn_family import train
    from onespec.runtime.trainers.trained import Assignment

    data = training_set(tmp_path, rows=1000)
    estimator = Estimator("sklearn.ensemble.RandomForestClassifier", "sklearn", SMALL_FOREST)
    models = {
        train(Assignment(estimator, data.task, data.signature, seed, 1), data.part("train")).model
        for seed in (0, 1)
    }
    assert len(models) == 2


@pytest.mark.parametrize(
    ("name", "node", "attribute"),
    [
        (CASES[0][1], "TreeEnsembleRegressor", "nodes_missing_value_tracks_true"),
        (CASES[0][1], "TreeEnsembleRegressor", "nodes_values"),
        (CASES[2][1], "LabelEncoder", "values_floats"),
    ],
)
def test_a_planted_wrong_export_is_caught(
    tmp_path: Path, name: str, node: str, attribute: str
) -> None:
    data = training_set(tmp_path)
    trained = fit(data, name)
    rows = data.part("validation").inputs
    compare(Scorer.load(trained.model), trained.native, rows)  # the control: as exported, it passes
    wrong = Scorer.load(_tampered(trained.model, node, attribute))
    with pytest.raises(StepError, match="differs from the native one") as caught:
        compare(wrong, trained.native, rows)
    assert "features" in caught.value.rows[0]  # type: ignore[operator]


def test_rows_on_a_threshold_go_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neighbouring float32 values: their middle is a tie that rounding to nearest loses."""
    import pyarrow as pa

    from onespec.runtime.trainers.training_set import read_training_set

    steps = np.float32(1) + np.arange(64, dtype=np.float32) * np.spacing(np.float32(1))
    values = np.repeat(steps, 40)
    features = (feature("v.x", "float"),)
    table = pa.table(
        {
            "v.x": values,
            "label": np.arange(len(values)) // 40 % 2 == 0,
            "__split": np.full(len(values), "train"),
        }
    )
    path = tmp_path / "training_set.parquet"
    pa.parquet.write_table(table, path)
    data = read_training_set(path, "binary_classification", features)
    trained = fit(data, CASES[0][1], min_samples_leaf=1, max_leaf_nodes=None, max_iter=8)
    rows = data.part("train").inputs
    compare(Scorer.load(trained.model, features), trained.native, rows)

    monkeypatch.setattr(onnx_trees, "floor32", lambda values: values.astype(np.float32))
    rounded = fit(data, CASES[0][1], min_samples_leaf=1, max_leaf_nodes=None, max_iter=8)
    with pytest.raises(StepError, match="differs"):
        compare(Scorer.load(rounded.model, features), rounded.native, rows)


def test_a_model_of_words_alone(tmp_path: Path) -> None:
    data = training_set(tmp_path, features=(FEATURES[1],))
    for name in (CASES[0][1], CASES[2][1]):
        trained = fit(data, name)
        scorer = Scorer.load(trained.model, (FEATURES[1],))
        compare(scorer, trained.native, data.part("validation").inputs)


def test_one_output_and_no_zipmap(tmp_path: Path) -> None:
    data = training_set(tmp_path, features=NUMERIC)
    model = onnx.load_from_string(fit(data, CASES[0][1], **SMALL_BOOSTING).model)
    assert [output.name for output in model.graph.output] == ["score"]
    assert [source.name for source in model.graph.input] == ["numeric"]
    assert "ZipMap" not in {node.op_type for node in model.graph.node}


def test_what_scikit_learn_refuses_is_told(tmp_path: Path) -> None:
    data = training_set(tmp_path, rows=300)
    with pytest.raises(StepError, match="LogisticRegression cannot be fitted"):
        fit(data, CASES[2][1], solver="liblinear", l1_ratio=0.5, C=1.0)


def test_a_forest_that_no_file_can_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_trees, "MOST_NODES", 100)
    with pytest.raises(StepError, match="a model file holds 100"):
        fit(training_set(tmp_path, rows=500), CASES[1][1], **SMALL_FOREST)


def test_a_solver_that_stops_early_is_noted(tmp_path: Path) -> None:
    data = training_set(tmp_path, rows=500)
    notes = fit(data, CASES[2][1], max_iter=1).notes
    assert any("converge" in note for note in notes)


def _positive(data: Any) -> Any:
    from dataclasses import replace

    column = data.table.schema.get_field_index("label")
    labels = data.table.column("label").to_numpy()
    table = data.table.set_column(column, "label", [np.exp((labels - 20) / 5)])
    return replace(data, table=table)


def _tampered(data: bytes, node: str, attribute: str) -> bytes:
    model = onnx.load_from_string(data)
    (found, *_) = [n for n in model.graph.node if n.op_type == node]
    (values,) = [a for a in found.attribute if a.name == attribute]
    if values.ints:
        values.ints[:] = [1 - v for v in values.ints]
    else:
        values.floats[:] = [v + 0.25 for v in values.floats]
    return bytes(model.SerializeToString())


def test_edges_are_scored(tmp_path: Path) -> None:
    """The two added rows really hold nothing known."""
    empty = ModelInputs(np.zeros((0, 3), np.float32), np.zeros((0, 2), object))
    edges = with_edges(empty)
    assert len(edges) == 2
    nothing: NDArray[Any] = np.isnan(edges.numeric)
    assert nothing.all()
    assert edges.categorical[0, 0] != edges.categorical[1, 0]
