"""A text that a target emits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of a bundle; `path` is relative, with forward slashes."""

    path: str
    text: str
