"""Where the segments of one prediction log lie: whole, named by their day, and never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

PARTITION = "date="


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A file of one day. `size` is in bytes."""

    day: date
    name: str
    size: int

    @property
    def path(self) -> str:
        """Its place in the log."""
        return f"{PARTITION}{self.day.isoformat()}/{self.name}"


class LogFiles(Protocol):
    """The segments of a log. Many processes write and read them at once."""

    @property
    def flush_seconds(self) -> float:
        """How long rows may wait for others, so that segments are not too small and too many."""

    def publish(self, content: bytes, day: date, name: str) -> None:
        """Add a segment; it is visible whole or not at all. Raises OSError or StoreError."""

    def segments(self, first: date | None = None, last: date | None = None) -> list[Segment]:
        """Those of the days from `first` to `last`, in order."""

    def fetch(self, segments: Sequence[Segment]) -> list[Path]:
        """A local file for each. Raises FileNotFoundError when one has expired meanwhile."""

    def expire(self, before: date) -> None:
        """Remove the days before `before`."""

    def sweep(self, now: float) -> None:
        """Remove what killed writers left. `now` in seconds."""


def segment_of(folder: str, name: str, size: int) -> Segment | None:
    """The segment that a file in a folder is; None for what is none, such as a temporary."""
    if name[0] == "." or not name.endswith(".parquet"):
        return None
    day = day_of(folder)
    return None if day is None else Segment(day, name, size)


def day_of(folder: str) -> date | None:
    """The day of a folder of the log; None for what is none."""
    try:
        return date.fromisoformat(folder.removeprefix(PARTITION))
    except ValueError:
        return None


def within(day: date | None, first: date | None, last: date | None) -> bool:
    """Whether a day is one of those asked for."""
    return day is not None and (first is None or day >= first) and (last is None or day <= last)
