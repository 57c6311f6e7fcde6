"""How well each class was told, and what was taken for what."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .class_metrics import class_shares, confusion
from .columns import Floats

# A larger matrix is read by nobody; the commonest mistakes are.
MOST_IN_MATRIX = 30
MOST_MISTAKES = 20


def class_table(labels: Floats, scores: Floats, names: Sequence[int | str]) -> dict[str, Any]:
    """`by_class`, `confusion` (None for more than 30 classes) and `mistakes`, as JSON data.

    `names` are the classes that the model knows, and after them others that the labels hold.
    """
    counts = np.zeros((len(names), len(names)))
    if len(labels):
        found = confusion(labels, scores, np.ones(len(labels)))
        counts[: len(found), : len(found)] = found
    texts = [str(name) for name in names]
    return {
        "by_class": _by_class(counts, texts),
        "confusion": {"classes": texts, "rows": counts.astype(np.int64).tolist()}
        if len(texts) <= MOST_IN_MATRIX
        else None,
        "mistakes": _mistakes(counts, texts),
    }


def weakest(by_class: dict[str, Any], most: int = 3) -> list[dict[str, Any]]:
    """The classes that were found least, of those that have rows and lack some."""
    found = [
        {"class": name, "recall": told["recall"], "rows": told["rows"]}
        for name, told in by_class.items()
        if told["recall"] is not None and told["recall"] < 1
    ]
    return sorted(found, key=lambda one: one["recall"])[:most]


def _by_class(counts: Floats, names: list[str]) -> dict[str, Any]:
    """A share is None where nothing is known of it: without rows, or without answers."""
    precision, recall, f1 = (share.tolist() for share in class_shares(counts))
    true, told = counts.sum(axis=1).astype(int).tolist(), counts.sum(axis=0).astype(int).tolist()
    return {
        name: {
            "rows": true[place],
            "given": told[place],
            "precision": precision[place] if told[place] else None,
            "recall": recall[place] if true[place] else None,
            "f1": f1[place] if true[place] or told[place] else None,
        }
        for place, name in enumerate(names)
    }


def _mistakes(counts: Floats, names: list[str]) -> list[dict[str, Any]]:
    """What was taken for what, the commonest first."""
    wrong = counts - np.diag(np.diag(counts))
    flat = wrong.ravel()
    order = np.argsort(-flat, kind="stable")[:MOST_MISTAKES]
    return [
        {"class": names[at // len(names)], "given": names[at % len(names)], "rows": int(flat[at])}
        for at in order.tolist()
        if flat[at]
    ]
