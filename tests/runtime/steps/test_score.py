"""Batch scores: the champion's, in the layout of the prediction log, published whole."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onespec.compiler.interfaces.log import batch_log
from onespec.compiler.plan import (
    Column,
    Estimator,
    ExamplesParams,
    FeaturesParams,
    Resources,
    ScoreParams,
    Split,
    Step,
    TrainingSetParams,
    TrainParams,
)
from onespec.runtime.errors import StepError
from onespec.runtime.prediction_log.schema import base_schema
from onespec.runtime.steps import score as scoring
from onespec.runtime.steps.score import score_table
from onespec.runtime.trainers.scorer import Scorer

from .dataflow import Dataflow, micros, program, row_view, times

AS_OF = micros("2024-06-01T02:00:00")
ROWS = 600


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataflow]:
    flow = Dataflow(tmp_path_factory.mktemp("score"), as_of=AS_OF)
    rng = np.random.default_rng(0)
    x = rng.normal(size=ROWS)
    table = {
        "who": [f"k{i % 50}" for i in range(ROWS)],
        "model": np.arange(ROWS) % 7,
        "at": times(AS_OF - (ROWS - i) * 1_000_000 for i in range(ROWS)),
        "x": x,
        "y": x + rng.normal(size=ROWS) > 0,
    }
    source = flow.source("s", table, "at")
    known = flow.source("known", pa.table(table).slice(0, 50))
    view = row_view(known, ("who",), {"x": program('"x"'), "m": program('"model"', "int")})
    label = program('"y"', "bool")
    flow.run("examples.m", ExamplesParams(source, ("who", "model"), label=label), "source.s")
    flow.run("features.m", FeaturesParams(view, "s"), "examples.m", "source.known")
    params = TrainingSetParams(view.features, Split("time", 0.8, 0.2, 0.0))
    flow.run("set.m", params, "examples.m", "features.m")
    estimator = Estimator("sklearn.linear_model.LogisticRegression", "sklearn")
    flow.run(
        "train.m", TrainParams("m", "binary_classification", view.features, estimator), "set.m"
    )
    flow.run("examples.b", ExamplesParams(source, ("who", "model")), "source.s")
    flow.run("features.b", FeaturesParams(view, "s"), "examples.b", "source.known")
    yield flow
    flow.close()


@pytest.fixture
def params(trained: Dataflow) -> ScoreParams:
    features = trained.step("train.m").params.features
    return ScoreParams("nightly", "m", features, ("who", "model"), "data/scores/")


def promote(flow: Dataflow) -> None:
    version = flow.workspace.ledger.register("m", flow.values["train.m"].key, "evaluated", {})
    flow.workspace.ledger.set_alias("m", "champion", version.version, why="test")


INPUTS = ("examples.b", "features.b")


def test_without_a_champion_nothing_is_scored(trained: Dataflow, params: ScoreParams) -> None:
    with pytest.raises(StepError, match="`other` has no champion"):
        trained.run("score.x", replace(params, model="other"), *INPUTS)


def test_the_log_of_a_batch(trained: Dataflow, params: ScoreParams) -> None:
    promote(trained)
    value = trained.run("score.n", params, *INPUTS)
    path = trained.project / "data/scores/as_of=20240601T020000Z/scores.parquet"
    assert value.facts["path"] == path.relative_to(trained.project).as_posix()
    log = pq.read_table(path)
    assert log.equals(trained.table("score.n", "scores.parquet"))
    assert set(base_schema().names) <= set(log.column_names)
    keys = [Column("who", "string"), Column("model", "int")]
    assert log.column_names == [column.name for column in batch_log(keys, params.features)]
    assert log.num_rows == ROWS == value.facts["rows"]
    assert len(set(log["request_id"].to_pylist())) == ROWS
    assert set(log["model"].to_pylist()) == {"m"}
    # An entity key named like a column of the log keeps its values under another name.
    assert log["request.model"].to_pylist() == [i % 7 for i in range(ROWS)]
    assert log["__row"].to_pylist() == list(range(ROWS))
    assert set(log["version"].to_pylist()) == {value.facts["version"]}
    scorer = Scorer.load(trained.workspace.file(trained.values["train.m"], "model.onnx"))
    features = trained.table("features.b", "features.parquet")
    wanted = scorer.score({name: features[name] for name in features.column_names})
    np.testing.assert_array_equal(log["score"].to_numpy(), wanted.astype(np.float64))


def test_again_it_is_the_same_to_the_byte_and_replaces_itself(
    trained: Dataflow, params: ScoreParams
) -> None:
    promote(trained)
    first = trained.run("score.n", params, *INPUTS)
    path = trained.project / first.facts["path"]
    assert trained.holds("score.n")
    path.chmod(0o644)
    path.write_bytes(b"half")
    assert not trained.holds("score.n")
    second = trained.run("score.n", params, *INPUTS)
    assert trained.holds("score.n")
    assert first == second
    assert [file.name for file in path.parent.iterdir()] == ["scores.parquet"]
    path.unlink()
    assert not trained.holds("score.n")


def test_the_key_follows_the_champion_and_the_instant(
    trained: Dataflow, params: ScoreParams
) -> None:
    promote(trained)
    first = trained.key("score.n", params, *INPUTS)
    assert trained.key("score.n", params, *INPUTS) == first
    trained.at(AS_OF + 1)
    assert trained.key("score.n", params, *INPUTS) != first
    trained.at(AS_OF)
    other = trained.workspace.ledger.register("m", "f" * 64, "evaluated", {})
    trained.workspace.ledger.set_alias("m", "champion", other.version, why="test")
    assert trained.key("score.n", params, *INPUTS) != first
    with pytest.raises(StepError, match="not in the artifact store"):
        trained.run("score.n", params, *INPUTS)


@pytest.mark.parametrize("output", ["../scores", "/tmp/scores", "a/../../b", "linked/x"])
def test_an_output_outside_of_the_project_is_refused(
    trained: Dataflow, params: ScoreParams, output: str, tmp_path: Path
) -> None:
    promote(trained)
    link = trained.project / "linked"
    link.unlink(missing_ok=True)
    link.symlink_to(tmp_path)
    with pytest.raises(StepError, match="not in the project folder"):
        trained.run("score.n", replace(params, output=output), *INPUTS)
    assert list(tmp_path.iterdir()) == []


def test_chunks_change_nothing(
    trained: Dataflow, params: ScoreParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = trained.table("features.b", "features.parquet")
    model = trained.workspace.file(trained.values["train.m"], "model.onnx")
    whole = score_table(table, model, params.features)
    monkeypatch.setattr(scoring, "ROWS_IN_A_CHUNK", 7)
    np.testing.assert_array_equal(score_table(table, model, params.features), whole)
    assert len(score_table(table.slice(0, 0), model, params.features)) == 0


@pytest.mark.ray
def test_a_pool_of_actors_gives_the_same_scores(trained: Dataflow, params: ScoreParams) -> None:
    """Also from within a task that holds all processors: waiting, it lends them to its actors."""
    ray = pytest.importorskip("ray")
    from onespec.runtime.executors.ray_cluster import start_local, stop_local

    small = trained.table("features.b", "features.parquet")
    model = trained.workspace.file(trained.values["train.m"], "model.onnx")
    wanted = score_table(small, model, params.features)
    chunks = [small.slice(start, 100).combine_chunks() for start in range(0, ROWS, 100)]
    folder = start_local(num_cpus=2)
    try:
        pool = ray.remote(num_cpus=2)(scoring._on_ray).remote
        parts = ray.get(pool(model.read_bytes(), params.features, chunks, 2), timeout=120)
        assert ray.get(ray.remote(scoring._ray_runs).remote(), timeout=60)
    finally:
        stop_local(folder)
    np.testing.assert_array_equal(np.concatenate(parts), wanted)


class OnGpu:
    """A session that says that it runs on a GPU, as ONNX Runtime's build for GPUs would."""

    def __init__(self, session: Any, providers: list[str]) -> None:
        self._session = session
        self._providers = providers

    def get_providers(self) -> list[str]:
        return self._providers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


@pytest.fixture
def gpu_build(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """ONNX Runtime as built for GPUs; what it finds when a session is made is in the list."""
    finds = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    asked: Any = ort.InferenceSession

    def session(data: bytes, options: Any, providers: list[Any]) -> Any:
        names = [one if isinstance(one, str) else one[0] for one in providers]
        made = asked(data, options, providers=["CPUExecutionProvider"])
        return OnGpu(made, [name for name in names if name in finds])

    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(ort, "InferenceSession", session)
    return finds


GPU = Resources(cpu=2, gpu=1)


def facts_on(flow: Dataflow, params: ScoreParams, resources: Resources) -> Mapping[str, Any]:
    step = Step("score.n", "score.n", params, INPUTS, resources=resources)
    return flow.make(step, "0" * 64, flow.workspace).facts


def test_a_batch_that_holds_a_gpu_scores_on_it(
    trained: Dataflow, params: ScoreParams, gpu_build: list[str]
) -> None:
    promote(trained)
    assert "device" not in facts_on(trained, params, Resources())
    facts = facts_on(trained, params, GPU)
    assert facts["device"] == "cuda"
    assert "fallback" not in facts
    # It is built for a GPU, whose libraries are not there: only the attempt tells.
    gpu_build.remove("CUDAExecutionProvider")
    with pytest.raises(StepError, match="does not find the GPU or its libraries"):
        facts_on(trained, params, GPU)
    facts = facts_on(trained, params, replace(GPU, fallback="cpu"))
    assert facts["device"] == "cpu"
    assert "does not find the GPU" in facts["fallback"]


def test_a_batch_whose_library_is_built_for_cpus(trained: Dataflow, params: ScoreParams) -> None:
    promote(trained)
    with pytest.raises(StepError, match="a GPU that it cannot use: onnxruntime"):
        facts_on(trained, params, GPU)
    facts = facts_on(trained, params, replace(GPU, fallback="cpu"))
    assert "built for CPUs" in facts["fallback"]
    assert facts["rows"] == ROWS
