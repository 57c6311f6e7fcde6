"""The exported model against the native one, on real rows: they must say the same."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compiler.interfaces.model_inputs import MISSING
from ..errors import StepError
from .inputs import ModelInputs
from .scorer import Scorer
from .trained import NativeScore

# Scores are float32 sums over hundreds of trees: a few units in the sixth digit are rounding.
TOLERANCE = 1e-5
MOST_ROWS = 20_000

# A word that no column holds.
_UNKNOWN = "\x1aunknown"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`largest` is the largest difference, relative where a score is beyond ±1."""

    rows: int
    largest: float
    tolerance: float = TOLERANCE


def compare(scorer: Scorer, native: NativeScore, inputs: ModelInputs) -> Comparison:
    """Score up to 20,000 of the rows, and two with nothing known, by both.

    Raises StepError, with the rows that differ most, when a difference is beyond
    `TOLERANCE * max(1, |score|)`.
    """
    rows = with_edges(sample(inputs, MOST_ROWS))
    ours = scorer.score_inputs(rows).astype(np.float64)
    theirs = native(rows)
    distance = np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs))
    distance[np.isnan(distance)] = np.inf
    if distance.ndim > 1:
        distance = distance.max(axis=1)
    largest = float(distance.max(initial=0.0))
    if largest > TOLERANCE:
        raise StepError(
            f"the exported model differs from the native one: {int((distance > TOLERANCE).sum())} "
            f"of {len(rows)} rows, by up to {largest:.3g} (allowed: {TOLERANCE:g})",
            remedy="report this with the estimator and its parameters; nothing was published",
            rows=_worst(scorer, rows, ours, theirs, distance),
        )
    return Comparison(len(rows), float(f"{largest:.2g}"))


def sample(inputs: ModelInputs, most: int) -> ModelInputs:
    """At most `most` rows, evenly spaced."""
    if len(inputs) <= most:
        return inputs
    return inputs.rows(np.linspace(0, len(inputs) - 1, most).astype(np.int64))


def with_edges(inputs: ModelInputs) -> ModelInputs:
    """The rows, and two more: everything missing; no number and only unknown words."""
    numeric = np.full((2, inputs.numeric.shape[1]), np.nan, dtype=np.float32)
    words = np.empty((2, inputs.categorical.shape[1]), dtype=object)
    words[0, :], words[1, :] = MISSING, _UNKNOWN
    return ModelInputs(
        np.concatenate([inputs.numeric, numeric]), np.concatenate([inputs.categorical, words])
    )


def as_rows(scorer: Scorer, inputs: ModelInputs) -> list[dict[str, Any]]:
    """Rows by feature reference, None where a value is missing."""
    return [
        {
            **dict(zip(scorer.signature.numeric, map(_number, numbers), strict=True)),
            **dict(zip(scorer.signature.categorical, map(_word, words), strict=True)),
        }
        for numbers, words in zip(inputs.numeric.tolist(), inputs.categorical, strict=True)
    ]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _word(value: str) -> str | None:
    return None if value == MISSING else value


def _worst(
    scorer: Scorer,
    inputs: ModelInputs,
    ours: NDArray[np.float64],
    theirs: NDArray[np.float64],
    distance: NDArray[np.float64],
) -> list[object]:
    worst = np.argsort(-distance, kind="stable")[:3]
    rows = as_rows(scorer, inputs.rows(worst))
    return [
        {"features": row, "exported": ours[i].tolist(), "native": theirs[i].tolist()}
        for row, i in zip(rows, worst, strict=True)
    ]
