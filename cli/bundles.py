"""What `compile` made for a target: now, or when the same was compiled before."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .memory import hash_of

if TYPE_CHECKING:
    from ..targets.artifact import Artifact


@dataclass(frozen=True)
class Bundle:
    """A target's folder, and what became of its files. `hashes` are those of remembered files."""

    target: str
    folder: str
    waived: Mapping[str, str]
    waived_lines: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(data: Mapping[str, Any]) -> "Bundle":
        """A bundle that was remembered, all of whose files were there."""
        return Bundle(
            data["target"],
            data["folder"],
            data["waived"],
            tuple(data["waived_lines"]),
            unchanged=tuple(data["hashes"]),
            hashes=data["hashes"],
        )

    def holds(self) -> bool:
        """Whether every file is still as it was written."""
        return all(hash_of(f"{self.folder}/{name}") == h for name, h in self.hashes.items())

    def facts(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "folder": self.folder,
            "changed": self.changed,
            "removed": self.removed,
            "waived": self.waived,
        }


@dataclass(frozen=True)
class Compiled:
    """A bundle that was compiled just now, and is not on disk yet."""

    bundle: Bundle
    folder: Path
    files: "tuple[Artifact, ...]"

    def remembered(self) -> dict[str, Any]:
        """What `Bundle.of` takes."""
        return {
            "target": self.bundle.target,
            "folder": self.bundle.folder,
            "waived": self.bundle.waived,
            "waived_lines": self.bundle.waived_lines,
            "hashes": {f.path: hashlib.sha256(f.text.encode()).hexdigest() for f in self.files},
        }

    def write(self) -> Bundle:
        """Put the files on disk. Raises BundleError."""
        from ..targets.writer import write

        done = write(self.folder, self.files)
        return replace(
            self.bundle, changed=done.changed, unchanged=done.unchanged, removed=done.removed
        )

    def differences(self) -> list[str]:
        """How the files on disk differ."""
        from ..targets.writer import differences

        return differences(self.folder, self.files)
