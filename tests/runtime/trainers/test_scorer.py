"""Batches, rows, and what is refused: one meaning for all ways into a model."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from onespec.runtime.errors import StepError
from onespec.runtime.trainers.compare import as_rows
from onespec.runtime.trainers.inputs import BEYOND_FLOAT32
from onespec.runtime.trainers.scorer import Scorer
from onespec.runtime.trainers.training_set import TrainingSet

sys.path.insert(0, str(Path(__file__).parent))
from ml_rows import FEATURES, NUMERIC, fit, training_set


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> TrainingSet:
    return training_set(tmp_path_factory.mktemp("data"), rows=1200)


@pytest.fixture(scope="module")
def model(data: TrainingSet) -> bytes:
    return fit(data, "sklearn.ensemble.HistGradientBoostingClassifier", max_iter=30).model


def test_rows_and_batches_agree_to_the_bit(data: TrainingSet, model: bytes) -> None:
    scorer = Scorer.load(model, FEATURES)
    part = data.part("validation")
    columns = {f.reference: part.table.column(f.reference) for f in FEATURES}
    batch = scorer.score(columns)
    rows = part.table.select([f.reference for f in FEATURES]).to_pylist()
    assert batch.flags.c_contiguous
    assert batch.dtype == np.float32
    np.testing.assert_array_equal(batch, scorer.score_rows(rows))
    one_by_one = np.concatenate([scorer.score_rows([row]) for row in rows])
    np.testing.assert_array_equal(batch, one_by_one)
    python = {name: column.to_pylist() for name, column in columns.items()}
    np.testing.assert_array_equal(batch, scorer.score(python))
    np.testing.assert_array_equal(batch, scorer.score_rows(as_rows(scorer, part.inputs)))


def test_workers_share_chunks_without_changing_a_bit(data: TrainingSet, model: bytes) -> None:
    scorer = Scorer.load(model, FEATURES)
    inputs = data.part("train").inputs
    many = inputs.rows(np.arange(20_000) % len(inputs))
    np.testing.assert_array_equal(scorer.score_inputs(many), scorer.score_inputs(many, workers=3))


def test_nothing_to_score(model: bytes) -> None:
    scorer = Scorer.load(model)
    assert scorer.score_rows([]).shape == (0,)
    empty = {f.reference: [] for f in FEATURES}
    assert scorer.score(empty).shape == (0,)


def test_infinity_is_missing_in_rows_and_columns(model: bytes) -> None:
    scorer = Scorer.load(model)
    row = {f.reference: ("often" if f.type == "string" else 1.0) for f in FEATURES}
    for value in (float("inf"), float("-inf"), 1e300, BEYOND_FLOAT32, float("nan"), None):
        given = {**row, "weather.temp": value}
        none = {**row, "weather.temp": None}
        expected = scorer.score_rows([none])
        np.testing.assert_array_equal(scorer.score_rows([given]), expected)
        column = {name: [v] for name, v in given.items()}
        np.testing.assert_array_equal(scorer.score(column), expected)


def test_the_largest_numbers_agree_in_rows_and_columns(model: bytes) -> None:
    scorer = Scorer.load(model)
    row = {f.reference: None for f in FEATURES}
    for value in (np.nextafter(BEYOND_FLOAT32, 0), -np.nextafter(BEYOND_FLOAT32, 0), 2**60 + 1):
        given = {**row, "weather.temp": value}
        column = {name: [v] for name, v in given.items()}
        np.testing.assert_array_equal(scorer.score_rows([given]), scorer.score(column))


def test_a_row_that_lacks_a_feature_is_refused(model: bytes) -> None:
    scorer = Scorer.load(model)
    with pytest.raises(StepError, match="lacks the feature `weather"):
        scorer.score_rows([{"airport.late": "often"}])
    row = {f.reference: None for f in FEATURES}
    with pytest.raises(StepError, match="not a number"):
        scorer.score_rows([{**row, "weather.temp": "warm"}])


def test_features_must_be_those_of_the_model(model: bytes) -> None:
    assert Scorer.load(model, FEATURES).features[0] == "weather.temp"
    for other in (NUMERIC, tuple(reversed(FEATURES))):
        with pytest.raises(StepError, match="trained on other features"):
            Scorer.load(model, other)


def test_loading_from_a_file_is_loading_its_bytes(tmp_path: Path, model: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(model)
    row = {f.reference: None for f in FEATURES}
    assert Scorer.load(path).score_rows([row]) == Scorer.load(model).score_rows([row])


def test_arrow_types_do_not_matter(data: TrainingSet, model: bytes) -> None:
    scorer = Scorer.load(model)
    table = data.part("test").table
    plain = {name: table.column(name) for name in scorer.features}
    coded = {**plain, "airport.late": plain["airport.late"].dictionary_encode()}
    coded["plane.seats"] = plain["plane.seats"].cast(pa.float64())
    np.testing.assert_array_equal(scorer.score(plain), scorer.score(coded))
