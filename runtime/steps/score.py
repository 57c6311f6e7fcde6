"""Score a batch with the champion: in chunks, on a pool of actors where Ray runs; publish it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...compiler.interfaces.log import PREDICTION, PROBABILITIES, request_column
from ...compiler.plan import Column, Feature, ScoreParams, Step
from ..devices import Device, DeviceKind, choose_device
from ..errors import StepError
from ..features.assemble import assemble
from ..features.execute import ROW, TIME
from ..features.table_file import write_table
from ..identities.score import FILE, champion_of, params_of, published_path
from ..prediction_log.schema import log_schema
from ..sources.column_types import value_type
from ..stores.atomic import copy_sealed, make_folder, sync_folder
from ..stores.ledger import ModelVersion
from ..threads import threads_of
from ..trainers.classes import Classes
from ..value import Value, Yield
from ..workspace import StepInputs, Workspace

MODEL_FILE = "model.onnx"
ROWS_IN_A_CHUNK = 65_536

Scores = NDArray[np.float32]


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """`scores.parquet` in the layout of the prediction log, with `__row` and `__time`.

    Published as `<output>/as_of=<instant>/scores.parquet`, whole or not at all; again, it replaces
    itself. Facts: `rows`, `version`, `value_key`, and of the published file `path` and `sha256`.
    """
    params = params_of(step)
    champion = champion_of(params, workspace)
    trained = workspace.store.find(champion.value_key)
    if trained is None:
        raise StepError(
            f"version {champion.version} of `{params.model}` is not in the artifact store",
            remedy=f"run the training of `{params.model}` again",
        )
    table = assemble(inputs, workspace, params.features)
    rows = table.select([feature.reference for feature in params.features])
    model = workspace.file(trained, MODEL_FILE)
    scores, device = _score_on_device(rows, model, params.features, step)
    path = workspace.scratch / FILE
    outcome = _outcome(scores, tuple(champion.facts.get("classes", ())))
    write_table(_log(params, champion, table, outcome, inputs.key, workspace.as_of), path)
    published = published_path(params, workspace)
    sha256 = _publish(path, published)
    facts = {
        "rows": table.num_rows,
        "version": champion.version,
        "value_key": champion.value_key,
        "path": published.relative_to(workspace.project).as_posix(),
        "sha256": sha256,
    }
    if step.resources.gpu:
        facts["device"] = device.kind
    if device.fallback:
        facts["fallback"] = device.fallback
    return Yield({FILE: path}, facts)


def deliver(value: Value, step: Step, workspace: Workspace) -> None:
    """Publish scores that were made elsewhere in this project."""
    _publish(workspace.file(value, FILE), published_path(params_of(step), workspace))


def _score_on_device(
    rows: pa.Table, model: Path, features: Sequence[Feature], step: Step
) -> tuple[Scores, Device]:
    """The scores, and where they were computed: on the GPU that the step holds, where it can be
    used. Raises StepError where it cannot, and the spec allows no fallback."""
    from ..trainers.scorer import DeviceError, why_no_gpu

    threads = threads_of(step)
    if not step.resources.gpu:
        return score_table(rows, model, features, processes=threads), Device()
    device = choose_device(step.resources, why_no_gpu)
    try:
        return _score_here(rows, model.read_bytes(), features, threads, device.kind), device
    except DeviceError as error:
        # Only the attempt tells whether the libraries of the GPU are there.
        reason = error.message
    device = choose_device(step.resources, lambda: reason)
    return _score_here(rows, model.read_bytes(), features, threads, device.kind), device


def score_table(
    table: pa.Table, model: Path, features: Sequence[Feature], *, processes: int = 1
) -> Scores:
    """One score a row (rows,), or of several classes one for each of them (rows, classes).
    `table` holds a column for each feature reference.

    The chunks are the same wherever they are scored, and so are the scores.
    """
    data = model.read_bytes()
    chunks = -(-table.num_rows // ROWS_IN_A_CHUNK)
    if chunks > 1 and processes > 1 and _ray_runs():
        actors = min(processes, chunks)
        return np.concatenate(_on_ray(data, tuple(features), list(_chunks(table)), actors))
    return _score_here(table, data, features, processes)


def _score_here(
    table: pa.Table,
    model: bytes,
    features: Sequence[Feature],
    threads: int,
    device: DeviceKind = "cpu",
) -> Scores:
    """Chunk by chunk in this process, with a model that is loaded once."""
    scorer = _ChunkScorer(model, tuple(features), threads, device)
    parts = [scorer.score(chunk) for chunk in _chunks(table)]
    return np.concatenate(parts) if parts else scorer.score(table)


class _ChunkScorer:
    """A loaded model; on Ray, an actor that keeps it."""

    def __init__(
        self,
        model: bytes,
        features: tuple[Feature, ...],
        threads: int = 1,
        device: DeviceKind = "cpu",
    ) -> None:
        from ..trainers.scorer import Scorer

        self._scorer = Scorer.load(model, features, threads, device)

    def score(self, chunk: pa.Table) -> Scores:
        columns = {name: chunk.column(name) for name in chunk.column_names}
        return np.asarray(self._scorer.score(columns), dtype=np.float32)


def _chunks(table: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows, ROWS_IN_A_CHUNK):
        # Combined, so that a chunk does not take the whole table along to another process.
        yield table.slice(start, ROWS_IN_A_CHUNK).combine_chunks()


def _ray_runs() -> bool:
    ray = sys.modules.get("ray")
    return ray is not None and bool(ray.is_initialized())


def _on_ray(
    model: bytes, features: tuple[Feature, ...], chunks: Sequence[pa.Table], actors: int
) -> list[Scores]:
    """While this task waits for its actors, Ray lends them its processors."""
    import ray
    from ray.util import ActorPool

    remote: Any = ray.remote(num_cpus=1)(_ChunkScorer)
    shared = ray.put(model)
    pool = ActorPool([remote.remote(shared, features) for _ in range(actors)])
    return list(pool.map(lambda actor, chunk: actor.score.remote(chunk), list(chunks)))


def _log(
    params: ScoreParams,
    champion: ModelVersion,
    table: pa.Table,
    outcome: Mapping[str, Any],
    key: str,
    as_of: int,
) -> pa.Table:
    """The columns of the prediction log; a request's id is the step's key and the source row."""
    rows = table.num_rows
    same: Mapping[str, Any] = {
        "row": 0,
        "time": datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=as_of),
        "endpoint": params.deployment,
        "model": params.model,
        "version": champion.version,
        "value_key": champion.value_key,
        "latency": None,
        "degraded": [],
        "error": None,
    }
    several = PREDICTION in outcome
    columns: dict[str, Any] = {
        request_column(name, classes=several): table.column(name) for name in params.keys
    }
    columns |= {feature.reference: table.column(feature.reference) for feature in params.features}
    columns["request_id"] = pa.array([f"{key[:16]}-{row}" for row in table.column(ROW).to_pylist()])
    columns |= outcome
    label = value_type(outcome[PREDICTION].type) if several else None
    fields = log_schema(_keys(params, table), params.features, label=label)
    arrays = [
        pa.repeat(pa.scalar(same[field.name], field.type), rows)
        if field.name in same
        else columns[field.name].cast(field.type)
        for field in fields
    ]
    log = pa.Table.from_arrays(arrays, schema=fields)
    return log.append_column(ROW, table.column(ROW)).append_column(TIME, table.column(TIME))


def _outcome(scores: Scores, classes: Classes) -> dict[str, Any]:
    """The columns of the log that tell what was answered."""
    doubles = scores.astype(np.float64)
    if not classes:
        return {"score": pa.array(doubles)}
    rows, width = doubles.shape
    names = pa.array([str(name) for name in classes], pa.string())
    places = np.tile(np.arange(width), rows)
    ends = pa.array(np.arange(rows + 1) * width, pa.int32())
    likeliest = doubles.argmax(axis=1) if rows else np.empty(0, dtype=np.int64)
    return {
        "score": pa.array(doubles.max(axis=1, initial=0)),
        PREDICTION: pa.array(list(classes)).take(pa.array(likeliest)),
        PROBABILITIES: pa.MapArray.from_arrays(ends, names.take(pa.array(places)), doubles.ravel()),
    }


def _keys(params: ScoreParams, table: pa.Table) -> tuple[Column, ...]:
    kinds = {name: value_type(table.column(name).type) for name in params.keys}
    return tuple(Column(name, kind) for name, kind in kinds.items() if kind is not None)


def _publish(path: Path, published: Path) -> str:
    make_folder(published.parent)
    temporary, sha256, _ = copy_sealed(path, published.parent)
    try:
        temporary.replace(published)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(published.parent)
    return sha256
