"""What a command found out about a spec, kept until one of the files that it read changes.

Checking again what has not changed is the usual case: on every save of another file, on every
push. An answer is given from memory only if every file that it came from still holds the same
bytes, and the code is the same; then nothing is read but these files, and no compiler is imported.
The memory is a folder of the user's (`ONESPEC_CACHE`, or `onespec` in the usual cache folder) that
may be lost, damaged or deleted at any time. `ONESPEC_CACHE=off` does without.
"""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__

if TYPE_CHECKING:
    from ..specs.document import Document

_VERSION = 1
_MOST = 200
_CODE = ("cli", "compiler", "specs", "targets")


def recall(question: Mapping[str, Any]) -> dict[str, Any] | None:
    """The answer to a question that was asked before, if it still holds."""
    entry = _entry(question)
    if entry is None:
        return None
    try:
        record = json.loads(entry.read_text("utf-8"))
        if record["question"] != _told(question) or record["code"] != _code():
            return None
        if any(hash_of(path) != known for path, known in record["files"].items()):
            return None
        answer = record["answer"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return answer if isinstance(answer, dict) else None


def remember(
    question: Mapping[str, Any], files: Mapping[str, str] | None, answer: Mapping[str, Any]
) -> None:
    """Keep an answer with the hashes of the files that it came from. Never fails."""
    entry = _entry(question)
    if entry is None or files is None:
        return
    record = {"question": _told(question), "code": _code(), "files": files, "answer": answer}
    with suppress(OSError):
        entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = entry.with_name(f".{entry.name}.{os.getpid()}")
        temporary.write_text(json.dumps(record), "utf-8")
        temporary.replace(entry)
        _sweep(entry.parent)


def files_of(document: "Document", lock: Path, lock_hash: str | None) -> dict[str, str] | None:
    """The hashes of all files that an answer came from; None if one has changed in between.

    `lock_hash` is that of the lock file before it was read.
    """
    files = {}
    for name, text in document.texts.items():
        with suppress(OSError):
            raw = Path(name).read_bytes()
            if raw.decode("utf-8-sig", "replace") == text:
                files[os.path.abspath(name)] = hashlib.sha256(raw).hexdigest()  # noqa: PTH100
    if lock_hash is None or hash_of(lock) != lock_hash or len(files) != len(document.texts):
        return None
    return {**files, os.path.abspath(lock): lock_hash}  # noqa: PTH100


def hash_of(path: str | Path) -> str | None:
    """The SHA-256 of a file; None when it cannot be read."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123  (a Path costs as much as the reading)
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None


def _entry(question: Mapping[str, Any]) -> Path | None:
    """The file of an answer; None when nothing is to be kept."""
    told = os.environ.get("ONESPEC_CACHE")
    if told in ("off", "0", ""):
        return None
    usual = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    folder = Path(told or f"{usual}/onespec")
    if told is None and not folder.is_absolute():  # there is no home
        return None
    try:
        name = hashlib.sha256(_told(question).encode()).hexdigest()
    except OSError:  # the folder that we stand in is gone
        return None
    return folder / f"{name}.json"


def _told(question: Mapping[str, Any]) -> str:
    """The question in full: where it was asked matters, since answers name files."""
    return json.dumps({"version": _VERSION, "in": os.getcwd(), **question}, sort_keys=True)  # noqa: PTH109


@cache
def _code() -> str:
    """The identity of the code that answers: ours, the interpreter's, and that of our libraries."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    parts = [__version__, sys.version, sys.prefix]
    folders = [os.path.join(package, name) for name in _CODE]  # noqa: PTH118
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir() and entry.name != "__pycache__":
                    folders.append(entry.path)
                elif entry.name.endswith(".py"):
                    stat = entry.stat()
                    parts.append(f"{entry.path} {stat.st_size} {stat.st_mtime_ns}")
    for place in sys.path:
        if place.endswith("-packages"):
            with suppress(OSError):
                parts.append(f"{place} {os.stat(place).st_mtime_ns}")  # noqa: PTH116
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def _sweep(folder: Path) -> None:
    """Forget the oldest answers beyond a number."""
    entries = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in entries[:-_MOST]:
        path.unlink(missing_ok=True)
