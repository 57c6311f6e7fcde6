"""The event times of a source, as far as a step's key depends on the run's instant."""

import json
import os
from bisect import bisect_right
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...compiler.plan import SourceTable
from ..errors import NotReadError
from ..workspace import Surroundings
from .identity import source_identity

FOLDER = "source-times"
# How many answers to "which times does this instant let through?" are kept of one content.
_KEPT = 32


@dataclass(frozen=True, slots=True)
class TimeBounds:
    """The oldest and the newest event time (UTC µs), None where the source has none."""

    oldest: int | None
    newest: int | None


def time_bounds(source: SourceTable, here: Surroundings) -> TimeBounds:
    """Remembered in the state by content identity, so that asking again costs a stat a file.

    Raises NotReadError when they are not remembered and no data may be read.
    """
    memory = _Memory.of(source, here)
    if memory.bounds is None:
        times = _event_times(source, here)
        memory.bounds = (int(times[0]), int(times[-1])) if len(times) else (None, None)
        memory.keep()
    return TimeBounds(*memory.bounds)


def let_through(
    source: SourceTable, here: Surroundings, low: int | None, high: int | None
) -> tuple[int, int] | None:
    """The oldest and newest event time with `low < time <= high`; None when there is none.

    An answer is remembered with the times next to it outside, so that it is found again for all
    instants with the same answer. Raises NotReadError like `time_bounds`.
    """
    memory = _Memory.of(source, here)
    for below, oldest, newest, above in memory.answers:
        if _answers(low, high, below, oldest, newest, above):
            return oldest, newest
    times = _event_times(source, here)
    first = 0 if low is None else bisect_right(times, low)
    last = len(times) if high is None else bisect_right(times, high)
    if first >= last:
        return None
    below = None if first == 0 else int(times[first - 1])
    above = None if last == len(times) else int(times[last])
    oldest, newest = int(times[first]), int(times[last - 1])
    memory.answers = [[below, oldest, newest, above], *memory.answers][:_KEPT]
    memory.keep()
    return oldest, newest


def _answers(
    low: int | None,
    high: int | None,
    below: int | None,
    oldest: int,
    newest: int,
    above: int | None,
) -> bool:
    """Whether nothing lies between these instants and those that the answer was found for."""
    from_low = below is None if low is None else (below is None or below <= low) and low < oldest
    if high is None:
        return from_low and above is None
    return from_low and newest <= high and (above is None or high < above)


@dataclass
class _Memory:
    """What is remembered of one content and one column."""

    path: Path
    bounds: Any = None
    answers: Any = ()

    @classmethod
    def of(cls, source: SourceTable, here: Surroundings) -> "_Memory":
        assert source.event_time is not None
        if not here.reads_data and not here.state.is_dir():
            raise _not_read(source)
        identity = source_identity(source, here.project, here.state)
        name = sha256(f"{identity}\n{source.event_time}".encode()).hexdigest()
        path = here.state / FOLDER / f"{name}.json"
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            oldest, newest = known["bounds"]
            return cls(path, (oldest, newest), [[*four] for four in known["answers"]])
        except (OSError, ValueError, TypeError, KeyError):
            return cls(path)

    def keep(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(f".{os.getpid()}.tmp")
        known = {"bounds": self.bounds, "answers": list(self.answers)}
        temporary.write_text(json.dumps(known), encoding="utf-8")
        temporary.replace(self.path)


def _event_times(source: SourceTable, here: Surroundings) -> Any:
    """The event times that are not null (UTC µs), sorted."""
    if not here.reads_data:
        raise _not_read(source)
    from .event_times import event_times

    return event_times(source, here.project)


def _not_read(source: SourceTable) -> NotReadError:
    return NotReadError(f"the event times of source `{source.name}` have not been read yet")
