"""Puts a bundle on disk whole or not at all, and says what a bundle on disk would become."""

import difflib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from .artifact import Artifact

MANIFEST = "manifest.json"
_STAGED = ".onespec-staged"


class BundleError(Exception):
    """A bundle cannot be written; nothing of it was."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did: paths relative to the bundle's folder."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


def complete(
    target: str,
    artifacts: Iterable[Artifact],
    waived: Mapping[str, str] | None = None,
    manifest_name: str = MANIFEST,
) -> tuple[Artifact, ...]:
    """The artifacts by path, and their manifest last, which tells what the spec waived and why.

    Raises BundleError for unusable paths.
    """
    files = sorted(artifacts, key=lambda a: a.path)
    seen: set[str] = set()
    for artifact in files:
        path = PurePosixPath(artifact.path)
        if path.is_absolute() or ".." in path.parts or artifact.path in seen:
            raise BundleError(f"a bundle cannot hold `{artifact.path}`")
        seen.add(artifact.path)
    manifest = {
        "manifest": 1,
        "target": target,
        **({"waived": dict(waived)} if waived else {}),
        "files": {a.path: hashlib.sha256(a.text.encode()).hexdigest() for a in files},
    }
    return (*files, Artifact(manifest_name, json.dumps(manifest, indent=1) + "\n"))


def write(folder: Path, artifacts: tuple[Artifact, ...]) -> Written:
    """Write a completed bundle.

    All files are staged and synced first, then renamed, the manifest last. Files of an earlier
    bundle that are no longer part of it are removed; files that are not ours are never touched.
    """
    old = _recorded(folder / artifacts[-1].path)
    changed = [a for a in artifacts if not _holds(folder / a.path, a.text)]
    staged: list[tuple[Path, Path]] = []
    try:
        for artifact in changed:
            final = folder / artifact.path
            final.parent.mkdir(parents=True, exist_ok=True)
            staged.append((_stage(final, artifact.text), final))
    except OSError as error:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
        raise BundleError(f"cannot write to {folder}: {error.strerror}") from error
    for temporary, final in staged:
        temporary.replace(final)
    names = {a.path for a in artifacts}
    removed = [path for path in sorted(old.keys() - names) if _remove(folder, path, old[path])]
    return Written(
        tuple(a.path for a in changed),
        tuple(a.path for a in artifacts if a not in changed),
        tuple(removed),
    )


def differences(folder: Path, artifacts: tuple[Artifact, ...]) -> list[str]:
    """A unified diff a file between what is on disk and what would be written."""
    found = []
    for artifact in artifacts:
        path = folder / artifact.path
        before = path.read_text("utf-8", "replace") if path.is_file() else ""
        if before != artifact.text:
            lines = difflib.unified_diff(
                before.splitlines(), artifact.text.splitlines(), str(path), "compiled", lineterm=""
            )
            found.append("\n".join(lines))
    names = {a.path for a in artifacts}
    recorded = _recorded(folder / artifacts[-1].path)
    found += [f"{folder / path} is no longer emitted" for path in recorded.keys() - names]
    return found


def _stage(final: Path, text: str) -> Path:
    temporary = final.with_name(f".{final.name}{_STAGED}")
    with temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _holds(path: Path, text: str) -> bool:
    with suppress(OSError):
        return path.read_bytes() == text.encode()
    return False


def _recorded(manifest: Path) -> dict[str, Any]:
    """The files that an earlier manifest names; empty when there is none that can be read."""
    with suppress(OSError, ValueError, AttributeError):
        files = json.loads(manifest.read_text("utf-8")).get("files", {})
        return dict(files)
    return {}


def _remove(folder: Path, name: str, recorded: Any) -> bool:
    """Remove a file of ours, unless somebody has changed it since."""
    path = folder / name
    if ".." in PurePosixPath(name).parts or not path.is_file():
        return False
    if hashlib.sha256(path.read_bytes()).hexdigest() != recorded:
        return False
    path.unlink()
    return True
