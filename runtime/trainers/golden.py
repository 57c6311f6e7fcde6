"""Golden rows: a few inputs with the scores they must have wherever the model is loaded."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .compare import as_rows, sample, with_edges
from .inputs import ModelInputs
from .scorer import Scorer

COUNT = 30

# Other processors add up in another order, or with fused operations.
TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Golden:
    """Rows by feature reference, and the score of each, or its probability of each class."""

    rows: tuple[dict[str, Any], ...]
    scores: tuple[Any, ...]

    def differs(self, scores: Any) -> float:
        """The largest difference from `scores`, relative where a score is beyond ±1."""
        expected = np.asarray(self.scores, dtype=np.float64)
        found = np.asarray(scores, dtype=np.float64)
        if found.shape != expected.shape or not np.isfinite(found).all():
            return float("inf")
        distance = np.abs(found - expected) / np.maximum(1.0, np.abs(expected))
        return float(distance.max(initial=0.0))


def golden_rows(scorer: Scorer, inputs: ModelInputs) -> Golden:
    """Evenly spaced rows of `inputs`, one with nothing known, and one with unknown words."""
    chosen = with_edges(sample(inputs, COUNT))
    scores = scorer.score_inputs(chosen).tolist()
    return Golden(tuple(as_rows(scorer, chosen)), tuple(scores))


def write_golden(golden: Golden, path: Path) -> None:
    data = {"rows": golden.rows, "scores": golden.scores}
    path.write_text(json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")


def read_golden(path: Path) -> Golden:
    data = json.loads(path.read_text("utf-8"))
    return Golden(tuple(data["rows"]), tuple(data["scores"]))
