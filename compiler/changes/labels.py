"""What a change means for a node, the worst first."""

from typing import Literal, get_args

Label = Literal[
    "breaks callers",
    "removed",
    "retrain",
    "rematerialise",
    "redeploy",
    "re-evaluate",
    "re-read",
    "re-check",
    "re-monitor",
    "added",
    "metadata only",
    "unchanged",
]

LABELS: tuple[Label, ...] = get_args(Label)
"""In the order of severity."""

MEANINGS: dict[Label, str] = {
    "breaks callers": "requests that were answered are refused, or are answered otherwise",
    "removed": "it is there no more",
    "retrain": "the model is trained anew",
    "rematerialise": "the view's values are computed anew",
    "redeploy": "the endpoint or the batch becomes another one, or has a new champion",
    "re-evaluate": "a version is judged anew, and nothing is trained",
    "re-read": "what is read of the source is not what it was",
    "re-check": "the source's data tests run anew",
    "re-monitor": "the monitor looks otherwise, or compares with something new",
    "added": "it was not there before",
    "metadata only": "its words, paths or resources are others, and no result is",
    "unchanged": "nothing happens",
}


def label_id(label: Label) -> str:
    """The label as one word, for options and JSON."""
    return label.replace(" ", "-")


def in_order(labels: set[Label]) -> tuple[Label, ...]:
    """The labels, the worst first."""
    return tuple(label for label in LABELS if label in labels)
