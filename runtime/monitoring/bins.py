"""Bins: how a column's values are counted, the same for training and for every later window."""

from collections.abc import Sequence

import numpy as np

from .columns import Floats, Ints, Words

# Ten bins is the convention under which the customary PSI bounds (0.1, 0.25) were found.
QUANTILE_BINS = 10
TOP_CATEGORIES = 20
KNOWN_CATEGORIES = 1000


def bin_edges(values: Floats, bins: int = QUANTILE_BINS) -> Floats:
    """Inner edges that cut `values` (n,) into about equal parts; none are equal to a value.

    Edges lie half-way between neighbouring distinct values, so that a value that is stored with
    less precision later does not change its bin. A value that fills a part alone gets a bin of its
    own. A constant is cut off on both sides, so that any other value is seen.
    """
    ordered = np.sort(values[~np.isnan(values)])
    if ordered.size == 0:
        return np.empty(0)
    distinct, first = np.unique(ordered, return_index=True)
    if distinct.size == 1:
        value = float(distinct[0])
        margin = max(abs(value) * 1e-6, 1e-9)
        return np.array([value - margin, value + margin])
    ends = np.append(first[1:], ordered.size)
    targets = ordered.size * np.arange(1, bins) / bins
    after = np.searchsorted(ends, targets)
    heavy = np.flatnonzero(ends - first >= ordered.size / bins)
    cuts = np.unique(np.concatenate([after + 1, heavy, heavy + 1]))
    cuts = cuts[(cuts > 0) & (cuts < distinct.size)]
    return np.unique(distinct[cuts - 1] / 2 + distinct[cuts] / 2)


def bin_counts(values: Floats, edges: Floats) -> Ints:
    """Rows in each of the `len(edges) + 1` bins, and at the end the missing ones."""
    missing = np.isnan(values)
    places = np.searchsorted(edges, values[~missing])
    counts = np.bincount(places, minlength=len(edges) + 1)
    return np.append(counts, missing.sum())


def top_categories(column: Words, top: int = TOP_CATEGORIES) -> tuple[str, ...]:
    """The most frequent categories, most frequent first, ties in alphabetical order."""
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.categories))
    order = np.lexsort((np.arange(len(counts)), -counts))[:top]
    return tuple(column.categories[i] for i in order if counts[i])


def category_counts(column: Words, categories: Sequence[str]) -> Ints:
    """Rows of each category, then the rows of any other, then the missing ones."""
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.categories))
    by_name = dict(zip(column.categories, counts.tolist(), strict=True))
    listed = [by_name.get(name, 0) for name in categories]
    present = int(counts.sum())
    missing = len(column.codes) - present
    return np.array([*listed, present - sum(listed), missing], dtype=np.int64)


def unseen_rows(column: Words, known: Sequence[str]) -> int:
    """Rows whose category was never seen in training."""
    seen = set(known)
    fresh = [code for code, name in enumerate(column.categories) if name not in seen]
    return int(np.isin(column.codes, np.array(fresh, dtype=np.int64)).sum())
