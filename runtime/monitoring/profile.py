"""The training profile: what each model input, the prediction and the label looked like."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from .bins import (
    KNOWN_CATEGORIES,
    bin_counts,
    bin_edges,
    category_counts,
    top_categories,
)
from .columns import CATEGORICAL_TYPES, Floats, Words, numbers, words

PROFILE_VERSION = 1
SKETCH_POINTS = 1000
HISTOGRAM_BARS = 30
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

# A profile of one column is a JSON object with `kind` numeric or categorical.
Profile = Mapping[str, Any]
ColumnKind = Literal["numeric", "categorical"]


def column_kind(value_type: str) -> ColumnKind:
    """Whether a column of this type is counted by range or by category."""
    return "categorical" if value_type in CATEGORICAL_TYPES else "numeric"


def profile_column(column: Any, value_type: str) -> dict[str, Any]:
    """The profile of an Arrow column as JSON data."""
    if column_kind(value_type) == "categorical":
        return {"type": value_type, **profile_words(words(column))}
    return {"type": value_type, **profile_numbers(numbers(column))}


def profile_numbers(values: Floats) -> dict[str, Any]:
    """Quantile bins with counts, moments, a display histogram and a sorted sketch.

    `counts` has one entry for each bin between the inner `edges`, and a last one for missing
    values. `sketch` holds at most `SKETCH_POINTS` values of equal weight, in single precision.
    """
    present = np.sort(values[~np.isnan(values)])
    edges = bin_edges(present)
    return {
        "kind": "numeric",
        "rows": len(values),
        "missing": len(values) - len(present),
        "edges": edges.tolist(),
        "counts": bin_counts(values, edges).tolist(),
        **moments(present),
        "histogram": _histogram(present),
        "sketch": _single_precision(sketch(present)),
    }


def profile_words(column: Words) -> dict[str, Any]:
    """Counts of the top categories, then of all others, then of missing values.

    `known` holds every category, or null where there are more than `KNOWN_CATEGORIES`.
    """
    top = top_categories(column)
    counts = category_counts(column, top)
    distinct = np.unique(column.codes[column.codes >= 0])
    known = [column.categories[i] for i in distinct.tolist()]
    return {
        "kind": "categorical",
        "rows": len(column.codes),
        "missing": int(counts[-1]),
        "categories": list(top),
        "counts": counts.tolist(),
        "distinct": len(known),
        "known": known if len(known) <= KNOWN_CATEGORIES else None,
    }


def moments(present: Floats) -> dict[str, Any]:
    """Least, greatest, mean, standard deviation and quantiles of present values; null if none."""
    if present.size == 0:
        return {"min": None, "max": None, "mean": None, "std": None, "quantiles": None}
    levels = np.quantile(present, QUANTILES)
    return {
        "min": float(present.min()),
        "max": float(present.max()),
        "mean": float(present.mean()),
        "std": float(present.std()),
        "quantiles": {f"{q:g}": float(v) for q, v in zip(QUANTILES, levels, strict=True)},
    }


def sketch(ordered: Floats, points: int = SKETCH_POINTS) -> Floats:
    """Sorted values of equal weight: the sample itself, or its mid-quantiles."""
    if ordered.size <= points:
        return ordered
    places = np.floor((np.arange(points) + 0.5) / points * ordered.size).astype(np.int64)
    return ordered[places]


def _single_precision(values: Floats) -> list[float]:
    """The shortest decimals that give the same single-precision numbers."""
    largest = float(np.finfo(np.float32).max)
    return [float(str(v)) for v in np.clip(values, -largest, largest).astype(np.float32)]


def _histogram(ordered: Floats) -> dict[str, Any] | None:
    """Equal-width bars over the central 99%; the values beyond are in the outer bars."""
    if ordered.size == 0:
        return None
    low, high = np.quantile(ordered, (0.005, 0.995), method="nearest")
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, HISTOGRAM_BARS + 1)
    counts, _ = np.histogram(np.clip(ordered, low, high), edges)
    return {"edges": edges.tolist(), "counts": counts.tolist()}
