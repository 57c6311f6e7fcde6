"""A prediction log in a folder: `date=2026-01-31/NAME.parquet`."""

import os
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ..stores.atomic import sync_folder
from .files import PARTITION, Segment, day_of, segment_of, within

_TEMPORARY = ".tmp-"
_STALE_SECONDS = 3600


class FolderLog:
    """`LogFiles` in a folder, which is made when it is first written to."""

    flush_seconds = 2.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def publish(self, content: bytes, day: date, name: str) -> None:
        """Add a segment: temporary file, fsync, rename, fsync. Raises OSError."""
        partition = self.folder / f"{PARTITION}{day.isoformat()}"
        if not partition.is_dir():
            partition.mkdir(parents=True, exist_ok=True)
            sync_folder(self.folder)
            sync_folder(self.folder.parent)
        temporary = partition / f"{_TEMPORARY}{name}"
        try:
            with temporary.open("xb") as sink:
                sink.write(content)
                sink.flush()
                os.fsync(sink.fileno())
            temporary.rename(partition / name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(partition)

    def segments(self, first: date | None = None, last: date | None = None) -> list[Segment]:
        found = []
        for partition in self._days(first, last):
            for path in partition.glob("*.parquet"):
                try:
                    segment = segment_of(partition.name, path.name, path.stat().st_size)
                except FileNotFoundError:  # expired meanwhile
                    continue
                found += [segment] if segment else []
        return sorted(found)

    def fetch(self, segments: Sequence[Segment]) -> list[Path]:
        return [self.folder / segment.path for segment in segments]

    def expire(self, before: date) -> None:
        for partition in self._days(None, None):
            day = day_of(partition.name)
            if day is not None and day < before:
                shutil.rmtree(partition, ignore_errors=True)

    def sweep(self, now: float) -> None:
        """Remove temporary files that a killed writer left, an hour after they were touched."""
        for path in self.folder.glob(f"{PARTITION}*/{_TEMPORARY}*"):
            try:
                if path.stat().st_mtime < now - _STALE_SECONDS:
                    path.unlink(missing_ok=True)
            except FileNotFoundError:
                continue  # another writer swept it

    def _days(self, first: date | None, last: date | None) -> list[Path]:
        found = self.folder.glob(f"{PARTITION}*")
        return [path for path in found if within(day_of(path.name), first, last)]
