"""Score many rows: in chunks, on a pool of actors where Ray runs, else in this process."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..compiler.plan import Feature

ROWS_IN_A_CHUNK = 65_536

Scores = NDArray[np.float32]


def score_table(
    table: pa.Table, model: Path, features: Sequence[Feature], *, processes: int = 1
) -> Scores:
    """One score a row (rows,). `table` holds a column for each feature reference.

    The chunks are the same wherever they are scored, and so are the scores.
    """
    data = model.read_bytes()
    chunks = list(_chunks(table))
    if len(chunks) > 1 and processes > 1 and _ray_runs():
        parts = _on_ray(data, tuple(features), chunks, min(processes, len(chunks)))
    else:
        scorer = _ChunkScorer(data, tuple(features), threads=processes)
        parts = [scorer.score(chunk) for chunk in chunks]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)


class _ChunkScorer:
    """A loaded model; on Ray, an actor that keeps it."""

    def __init__(self, model: bytes, features: tuple[Feature, ...], threads: int = 1) -> None:
        from .trainers.scorer import Scorer

        self._scorer = Scorer.load(model, features, threads=threads)

    def score(self, chunk: pa.Table) -> Scores:
        columns = {name: chunk.column(name) for name in chunk.column_names}
        return np.asarray(self._scorer.score(columns), dtype=np.float32).reshape(-1)


def _chunks(table: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows, ROWS_IN_A_CHUNK):
        # Combined, so that a chunk does not take the whole table along to another process.
        yield table.slice(start, ROWS_IN_A_CHUNK).combine_chunks()


def _ray_runs() -> bool:
    import sys

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
