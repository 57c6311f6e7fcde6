"""Private folders for steps at work, gone when the work is done."""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STALE_AFTER = 3600.0


@contextmanager
def scratch_folder(root: Path, step_id: str) -> Iterator[Path]:
    """An empty folder under `root`, locked while it is in use."""
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=root, prefix=file_name(step_id) + "-"))
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def sweep_scratch(root: Path, now: float, older_than: float = STALE_AFTER) -> int:
    """Remove the folders of killed steps: old enough, and locked by nobody. `now` in seconds."""
    removed = 0
    for folder in root.iterdir() if root.is_dir() else ():
        if _abandoned(folder, now, older_than):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def file_name(text: str) -> str:
    """`text` as part of a file name: readable, short and harmless."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text).strip(".")[:80] or "_"


def _abandoned(folder: Path, now: float, older_than: float) -> bool:
    try:
        if now - folder.stat().st_mtime <= older_than:
            return False
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
