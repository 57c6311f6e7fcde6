"""The step `profile`: what it tells of each column, the same bytes each time, a real model."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onespec.compiler.plan import Estimator
from onespec.runtime.steps import profile as profile_step
from onespec.runtime.trainers import trainer
from onespec.runtime.trainers.trained import Assignment
from onespec.runtime.trainers.training_set import read_training_set
from onespec.runtime.value import Yield

from ..monitoring import simulation, stage

TASK = "binary_classification"


@pytest.fixture
def _known_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_step, "_score", stage.true_scores)


@pytest.mark.usefixtures("_known_model")
def test_what_is_told(tmp_path: Path) -> None:
    with stage.stage(simulation.product(simulation.BATCH), tmp_path) as made:
        profile = made.profile()
    table = simulation.training_table()
    train = table.filter(pa.array(np.array(table.column("__split").to_pylist()) == "train"))
    assert profile["rows"] == train.num_rows == 4200
    assert set(profile["features"]) == {f.reference for f in simulation.FEATURES}
    temp = profile["features"]["weather_now.temp"]
    values = train.column("weather_now.temp").drop_null().to_numpy()
    assert temp["missing"] == train.column("weather_now.temp").null_count
    assert temp["mean"] == pytest.approx(values.mean())
    assert (temp["min"], temp["max"]) == (values.min(), values.max())
    assert sum(temp["counts"]) == 4200
    assert temp["counts"][-1] == temp["missing"]
    assert len(temp["edges"]) == 9
    assert len(temp["sketch"]) == 1000
    assert temp["quantiles"]["0.5"] == pytest.approx(np.median(values))
    assert sum(temp["histogram"]["counts"]) == len(values)
    carrier = profile["features"]["flight.carrier"]
    assert carrier["categories"][0] == "UA"
    assert carrier["known"] == ["AA", "B6", "DL", "EV", "UA"]
    assert profile["score"]["rows"] == 1800
    assert profile["score_rows"] == "held out"
    assert profile["metrics"]["rows"] == "test"
    assert 0.65 < profile["metrics"]["values"]["roc_auc"] < 0.85
    assert profile["model_key"] == "f" * 64


@pytest.mark.usefixtures("_known_model")
def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    texts = []
    for name in ("a", "b"):
        with stage.stage(simulation.product(simulation.BATCH), tmp_path / name) as made:
            made.profile()
            texts.append(made.text)
    assert texts[0] == texts[1]
    assert len(texts[0]) < 200_000


@pytest.mark.usefixtures("_known_model")
def test_nothing_held_out(tmp_path: Path) -> None:
    table = simulation.training_table(1000)
    place = table.schema.get_field_index("__split")
    table = table.set_column(place, "__split", pa.array(["train"] * 1000))
    with stage.stage(simulation.product(simulation.BATCH), tmp_path, table) as made:
        profile = made.profile()
    assert (profile["score_rows"], profile["metrics"]["rows"]) == ("training", "training")


@pytest.mark.usefixtures("_known_model")
def test_a_feature_without_any_value(tmp_path: Path) -> None:
    table = simulation.training_table(1000)
    place = table.schema.get_field_index("airframe.seats")
    table = table.set_column(place, "airframe.seats", pa.nulls(1000, pa.int64()))
    with stage.stage(simulation.product(simulation.BATCH), tmp_path, table) as made:
        seats = made.profile()["features"]["airframe.seats"]
    assert (seats["missing"], seats["mean"], seats["sketch"]) == (700, None, [])
    assert json.dumps(seats)


def test_with_a_trained_model(tmp_path: Path) -> None:
    features, table = simulation.FEATURES, simulation.training_table(1500)
    pq.write_table(table, tmp_path / "training_set.parquet")
    rows = read_training_set(tmp_path / "training_set.parquet", TASK, features)
    estimator = Estimator(
        "sklearn.ensemble.HistGradientBoostingClassifier", "sklearn", {"max_iter": 15}
    )
    assignment = Assignment(estimator, TASK, rows.signature, 0, 1)
    (tmp_path / "model.onnx").write_bytes(
        trainer("sklearn").train(assignment, rows.part("train")).model
    )
    with stage.stage(simulation.product(simulation.BATCH), tmp_path, table) as made:
        made.publish("train", Yield({"model.onnx": tmp_path / "model.onnx"}), key="a" * 64)
        step = replace(made.workspace.plan.step("profile"))
        result = profile_step.run(step, made.inputs(), made.scratched())
        profile = json.loads(result.files["profile.json"].read_text())
    assert profile["score"]["rows"] == 450
    assert 0.0 <= profile["score"]["min"] < profile["score"]["max"] <= 1.0
    assert profile["metrics"]["values"]["roc_auc"] > 0.6
