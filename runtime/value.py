"""What a step yields: named files and a few facts, kept under the step's key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored file, by content. `size` is in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Value:
    """A published result. `facts` are small JSON: row counts, metrics, a version number."""

    key: str
    files: Mapping[str, Blob] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Yield:
    """What a step function returns, before it is published: local files and facts."""

    files: Mapping[str, Path] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
