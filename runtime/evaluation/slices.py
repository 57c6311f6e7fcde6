"""Metrics for each value of a slice column, and the worst of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ...compiler.plan import Task
from ...specs.metrics import metrics_of
from .metrics import Floats, Measured, measure

# With fewer rows (or, for classification, one class only) a metric is noise.
MINIMUM_ROWS = 100
MOST_SLICES = 100

NULL = "null"


@dataclass(frozen=True, slots=True)
class Sliced:
    """`slices` by value, with their rows; what was too small is only counted."""

    slices: Mapping[str, Measured]
    worst: Mapping[str, Mapping[str, Any]]
    left_out: Mapping[str, int]


def measure_slices(task: Task, column: Any, labels: Floats, scores: Floats) -> Sliced:
    """The 100 largest values of `column` that have at least 100 rows and both classes."""
    values, codes = _coded(column)
    counts = np.bincount(codes, minlength=len(values))
    order = sorted(range(len(values)), key=lambda code: (-int(counts[code]), values[code]))
    slices: dict[str, Measured] = {}
    for code in order:
        if len(slices) == MOST_SLICES or counts[code] < MINIMUM_ROWS:
            break
        rows = codes == code
        if task == "binary_classification" and _one_class(labels[rows]):
            continue
        measured = measure(task, labels[rows], scores[rows])
        slices[values[code]] = {"rows": int(counts[code]), **measured}
    shown = sum(int(s["rows"] or 0) for s in slices.values())
    left_out = {"slices": len(values) - len(slices), "rows": len(labels) - shown}
    return Sliced(dict(sorted(slices.items())), worst_slices(task, slices), left_out)


def worst_slices(task: Task, slices: Mapping[str, Measured]) -> dict[str, dict[str, Any]]:
    """For each metric with a better and a worse: the worst slice and its value."""
    worst = {}
    for info in metrics_of(task):
        found = [(m, name) for name, s in slices.items() if (m := s[info.name]) is not None]
        if not found or info.direction == "neither":
            continue
        sign = 1 if info.direction == "higher" else -1
        value, name = min(found, key=lambda pair: (sign * pair[0], pair[1]))
        worst[info.name] = {"slice": name, "value": value}
    return worst


def _one_class(labels: Floats) -> bool:
    return bool(labels.min() == labels.max())


def _coded(column: Any) -> tuple[list[str], Any]:
    """The distinct values as text, and each row's place among them."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    encoded = column.dictionary_encode(null_encoding="encode")
    values = [_text(value) for value in encoded.dictionary.to_pylist()]
    return values, encoded.indices.to_numpy(zero_copy_only=False)


def _text(value: Any) -> str:
    match value:
        case None:
            return NULL
        case bool():
            return str(value).lower()
        case _:
            return str(value)
