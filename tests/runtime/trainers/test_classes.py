"""Several classes: what is learnt of them, what a file says, and classes that come and go."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pytest

from onespec.runtime.errors import StepError
from onespec.runtime.trainers import classes as classes_module
from onespec.runtime.trainers.classes import class_counts, class_places, learnt_classes
from onespec.runtime.trainers.compare import compare
from onespec.runtime.trainers.inputs import SIGNATURE_KEY
from onespec.runtime.trainers.model_file import ModelFileError
from onespec.runtime.trainers.scorer import Scorer
from onespec.runtime.trainers.training_set import TrainingSet, read_training_set

sys.path.insert(0, str(Path(__file__).parent))
from ml_rows import FEATURES, fit, training_table, write_table

TASK = "multiclass_classification"
LOGISTIC = "sklearn.linear_model.LogisticRegression"
BOOSTING = "sklearn.ensemble.HistGradientBoostingClassifier"
FOREST = "sklearn.ensemble.RandomForestClassifier"
PARAMS: dict[str, dict[str, Any]] = {
    LOGISTIC: {},
    BOOSTING: {"max_iter": 10, "max_leaf_nodes": 7},
    FOREST: {"n_estimators": 10},
}
every = pytest.mark.parametrize("name", PARAMS)


def labelled(folder: Path, name: Callable[[int], Any], features: Any = FEATURES) -> TrainingSet:
    """A training set whose four classes 0, 10, 20, 30 are called otherwise."""
    table = training_table(1500, TASK)
    labels = pa.array([name(label) for label in table["label"].to_pylist()])
    table = table.set_column(table.schema.get_field_index("label"), "label", labels)
    return read_training_set(write_table(folder, table), TASK, features, ("origin",))


def named(label: int) -> str:
    return ["zwölf", "Ärger", "", "b"][label // 10]


def test_classes_are_in_ascending_order() -> None:
    assert learnt_classes(pa.array([3, -1, 10, 3])) == (-1, 3, 10)
    assert learnt_classes(pa.array(["b", "B", "", "ä"])) == ("", "B", "b", "ä")
    assert learnt_classes(pa.array(["x", "y", "x"]).dictionary_encode()) == ("x", "y")
    assert class_places(pa.array([10, 7, -1]), (-1, 3, 10)).tolist()[::2] == [2, 0]
    assert np.isnan(class_places(pa.array([10, 7, -1]), (-1, 3, 10))[1])
    assert class_counts(np.array([2.0, 2.0, 0.0]), ("a", "b", "c")) == {"a": 1, "b": 0, "c": 2}


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (pa.array([0.5, 1.0]), "an int or a string, and not double"),
        (pa.array([True, False]), "not bool"),
        (pa.array(["a", None]), "null"),
    ],
)
def test_what_names_no_class_is_refused(labels: Any, why: str) -> None:
    with pytest.raises(StepError, match=why):
        learnt_classes(labels)


def test_too_many_classes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes_module, "MOST_CLASSES", 3)
    learnt_classes(pa.array(range(3)))
    with pytest.raises(StepError, match="has 4 classes"):
        learnt_classes(pa.array(range(4)))


@every
def test_names_of_any_kind_come_back_from_the_file(tmp_path: Path, name: str) -> None:
    data = labelled(tmp_path, named)
    assert data.classes == ("", "b", "zwölf", "Ärger")
    trained = fit(data, name, **PARAMS[name])
    scorer = Scorer.load(trained.model, FEATURES)
    assert scorer.classes == data.classes
    rows = data.part("validation").inputs
    assert compare(scorer, trained.native, rows).largest <= 1e-5
    scores = scorer.score_inputs(rows)
    assert scores.shape == (len(rows), 4)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    assert scores.max() <= 1
    told = (scores.argmax(axis=1) == data.part("validation").labels).mean()
    assert told > 0.5  # of four classes: a quarter by chance
    one = scorer.score_rows([dict.fromkeys(scorer.features)])
    assert one.shape == (1, 4)
    assert scorer.score_rows([]).shape == (0, 4)
    assert scorer.score_inputs(rows.rows(slice(0, 0))).shape == (0, 4)


@every
def test_two_classes_are_several_too(tmp_path: Path, name: str) -> None:
    """scikit-learn keeps half of a model of two classes."""
    data = labelled(tmp_path, lambda label: min(label, 10))
    trained = fit(data, name, **PARAMS[name])
    scorer = Scorer.load(trained.model)
    assert scorer.classes == (0, 10)
    rows = data.part("validation").inputs
    assert compare(scorer, trained.native, rows).largest <= 1e-5
    assert (scorer.score_inputs(rows).argmax(axis=1) == data.part("validation").labels).mean() > 0.6


@every
def test_words_alone_and_numbers_alone(tmp_path: Path, name: str) -> None:
    for kind in ({"string"}, {"float", "int", "bool"}):
        features = tuple(f for f in FEATURES if f.type in kind)
        data = labelled(tmp_path, named, features)
        trained = fit(data, name, **PARAMS[name])
        rows = data.part("validation").inputs
        assert compare(Scorer.load(trained.model), trained.native, rows).largest <= 1e-5


def test_a_class_that_training_lacks_has_a_place_of_its_own(tmp_path: Path) -> None:
    table = training_table(1000, TASK)
    labels, split = table["label"].to_numpy().copy(), table["__split"].to_numpy()
    labels[(split == "train") & (labels == 20)] = 10
    table = table.set_column(table.schema.get_field_index("label"), "label", [labels])
    path = write_table(tmp_path, table)
    data = read_training_set(path, TASK, FEATURES)
    assert (data.classes, data.strange) == ((0, 10, 30), (20,))
    test = data.part("test").labels
    np.testing.assert_array_equal(test == 3, labels[split == "test"] == 20)
    # By the classes of another model: those that it lacks come after them, in order.
    other = read_training_set(path, TASK, FEATURES, classes=(30, 5))
    assert other.strange == (0, 10, 20)
    np.testing.assert_array_equal(other.part("test").labels == 0, labels[split == "test"] == 30)


@pytest.mark.parametrize(
    ("name", "node", "attribute"),
    [
        (LOGISTIC, "Softmax", "axis"),
        (BOOSTING, "TreeEnsembleRegressor", "target_ids"),
        (FOREST, "TreeEnsembleRegressor", "target_weights"),
    ],
)
def test_a_planted_wrong_export_is_caught(
    tmp_path: Path, name: str, node: str, attribute: str
) -> None:
    data = labelled(tmp_path, named)
    trained = fit(data, name, **PARAMS[name])
    rows = data.part("validation").inputs
    model = onnx.load_from_string(trained.model)
    (found,) = [n for n in model.graph.node if n.op_type == node]
    (values,) = [a for a in found.attribute if a.name == attribute]
    if attribute == "axis":
        values.i = 0
    elif values.ints:
        values.ints[:] = [(v + 1) % 4 for v in values.ints]
    else:
        values.floats[:] = [v * 0.99 for v in values.floats]
    wrong = Scorer.load(bytes(model.SerializeToString()))
    with pytest.raises(StepError, match="differs from the native one") as caught:
        compare(wrong, trained.native, rows)
    worst = caught.value.rows[0]
    assert isinstance(worst, dict)
    assert len(worst["exported"]) == len(worst["native"]) == 4


@pytest.mark.parametrize(
    "declared",
    [
        {"classes": ["a", "b", "c"]},  # the graph has four
        {"classes": ["a", "b", "c", "a"]},
        {"classes": ["a", "b", "c", 4]},
        {"classes": [True, False, 2, 3]},
        {"classes": []},
        {"task": "binary_classification"},
    ],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path, declared: Any) -> None:
    data = labelled(tmp_path, named)
    model = onnx.load_from_string(fit(data, LOGISTIC).model)
    (entry,) = [p for p in model.metadata_props if p.key == SIGNATURE_KEY]
    entry.value = json.dumps({**json.loads(entry.value), **declared})
    with pytest.raises(ModelFileError):
        Scorer.load(bytes(model.SerializeToString()))


def test_labels_are_places_whatever_they_are_called(tmp_path: Path) -> None:
    """The same rows with other names in the same order give the same numbers."""
    numbers = labelled(tmp_path, lambda label: label)
    words = labelled(tmp_path, lambda label: f"class {label:02}")
    first, second = (fit(data, LOGISTIC) for data in (numbers, words))
    rows = numbers.part("test").inputs
    one, other = (Scorer.load(each.model).score_inputs(rows) for each in (first, second))
    np.testing.assert_array_equal(one, other)
