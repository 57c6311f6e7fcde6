"""What a prediction log holds, told from the names and sizes of its segments."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from ...compiler.plan import MonitorParams
from .wording import moment


def log_identity(state: Path, params: MonitorParams, start: int, end: int) -> str:
    """What the log holds for these days. Segments never change, so name and size tell it."""
    sizes = [
        f"{path.parent.name}/{path.name} {path.stat().st_size}"
        for path in _segments(log_folder(state, params.deployment), start, end)
    ]
    return hashlib.sha256("\n".join(sizes).encode()).hexdigest()


def log_folder(state: Path, deployment: str) -> Path:
    """Where the scoring application of a deployment logs."""
    return state / "predictions" / deployment


def _segments(folder: Path, start: int, end: int) -> Iterator[Path]:
    first, last = (f"date={moment(at):%Y-%m-%d}" for at in (start, end))
    for partition in sorted(folder.glob("date=*")):
        if first <= partition.name <= last:
            yield from sorted(p for p in partition.glob("*.parquet") if p.name[0] != ".")
