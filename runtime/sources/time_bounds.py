"""The event times of a source, as far as a step's key depends on the run's instant."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...compiler.plan import SourceTable
from .identity import source_identity
from .read import read_source

FOLDER = "source-times"


@dataclass(frozen=True, slots=True)
class TimeBounds:
    """The oldest and the newest event time (UTC µs), None where the source has none."""

    oldest: int | None
    newest: int | None


def time_bounds(source: SourceTable, project: Path, state: Path) -> TimeBounds:
    """Remembered in `state` by content identity, so that asking again costs a stat a file."""
    assert source.event_time is not None
    identity = source_identity(source, project, state)
    name = hashlib.sha256(f"{identity}\n{source.event_time}".encode()).hexdigest()
    memory = state / FOLDER / f"{name}.json"
    try:
        oldest, newest = json.loads(memory.read_text(encoding="utf-8"))
        return TimeBounds(oldest, newest)
    except (OSError, ValueError, TypeError):
        pass
    times = event_times(source, project)
    found = TimeBounds(*((int(times.min()), int(times.max())) if times.size else (None, None)))
    memory.parent.mkdir(parents=True, exist_ok=True)
    temporary = memory.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps([found.oldest, found.newest]), encoding="utf-8")
    temporary.replace(memory)
    return found


def event_times(source: SourceTable, project: Path) -> NDArray[np.int64]:
    """The event times that are not null (UTC µs), in source order."""
    assert source.event_time is not None
    column = read_source(source, project, [source.event_time]).column(source.event_time)
    known = pc.drop_null(column).cast("int64").combine_chunks()
    # DLPack, because pyarrow's own way to numpy imports pandas, which takes longer than the rest.
    times: NDArray[np.int64] = np.asarray(np.from_dlpack(known), dtype=np.int64)
    return times
