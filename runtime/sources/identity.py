"""The content identity of a source: equal bytes under equal names give an equal identity."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from ...compiler.canonical import canonical
from ...compiler.plan import SourceTable
from .files import SourceFile, source_files
from .problem import problem

FOLDER = "source-identities"
# The clock of a file system may be this coarse: younger files are hashed again.
_GRANULE_NS = 20_000_000


def source_identity(source: SourceTable, project: Path, state: Path) -> str:
    """SHA-256 over names and contents of the files.

    Hashes are remembered in `state` by size, times and inode, so that asking again costs one stat
    a file. What is remembered may be lost or damaged at any time: then files are hashed again.
    """
    files = source_files(source.name, source.path, source.format, project)
    memory = _Memory(state / FOLDER / f"{_digest(str(project / source.path))}.json")
    try:
        parts = [[file.name, memory.sha256(file)] for file in files]
    except OSError as error:
        raise problem(
            source.name, f"cannot be read: {error}", remedy="check the files and their rights"
        ) from error
    memory.keep()
    return _digest(canonical(parts))


class _Memory:
    """Hashes of one source's files, valid as long as a file's stat does not change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, Any] = {}
        self.used: dict[str, Any] = {}
        self.written_ns = 0
        self.changed = False
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(known, dict):
                self.known, self.written_ns = known, path.stat().st_mtime_ns
        except (OSError, ValueError):
            pass

    def sha256(self, file: SourceFile) -> str:
        stat = file.path.stat()
        mark = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        entry = self.known.get(str(file.path))
        settled = max(stat.st_mtime_ns, stat.st_ctime_ns) < self.written_ns - _GRANULE_NS
        if not (settled and isinstance(entry, list) and entry[:-1] == mark):
            with file.path.open("rb") as stream:
                entry = [*mark, hashlib.file_digest(stream, "sha256").hexdigest()]
            self.changed = True
        self.used[str(file.path)] = entry
        return str(entry[-1])

    def keep(self) -> None:
        """Written whole or not at all; writers that meet overwrite each other with the same."""
        if not self.changed and self.used.keys() == self.known.keys():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps(self.used, sort_keys=True), encoding="utf-8")
        temporary.replace(self.path)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
