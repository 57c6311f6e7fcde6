"""A prediction log in a bucket, with the segments that were read here kept beside it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from ..errors import StoreError
from ..stores.atomic import new_temporary
from ..stores.s3_bucket import Bucket
from .files import PARTITION, Segment, day_of, segment_of, within
from .in_folder import FolderLog

_PARALLEL = 8


class BucketLog:
    """`LogFiles` below a name in a bucket. `cache` is a folder of this machine's own."""

    flush_seconds = 10.0  # each segment is a request, which is paid for, and another for a reader

    def __init__(self, bucket: Bucket, name: str, cache: Path) -> None:
        self._bucket = bucket
        self._name = name
        self._cache = cache

    def publish(self, content: bytes, day: date, name: str) -> None:
        """Add a segment by one request. Raises StoreError."""
        # Where an answer was lost, the client asks again, and finds what it wrote itself.
        self._bucket.create(f"{self._name}/{PARTITION}{day.isoformat()}/{name}", content)

    def segments(self, first: date | None = None, last: date | None = None) -> list[Segment]:
        found = [
            segment_of(folder, entry.name.rpartition("/")[2], entry.size)
            for folder in self._days(first, last)
            for entry in self._bucket.entries(f"{self._name}/{folder}/")
        ]
        return sorted(segment for segment in found if segment is not None)

    def fetch(self, segments: Sequence[Segment]) -> list[Path]:
        with ThreadPoolExecutor(_PARALLEL) as pool:
            return list(pool.map(self._fetched, segments))

    def expire(self, before: date) -> None:
        for folder in self._days(None, None):
            day = day_of(folder)
            if day is not None and day < before:
                entries = self._bucket.entries(f"{self._name}/{folder}/")
                self._bucket.remove(*(entry.name for entry in entries))
        FolderLog(self._cache).expire(before)

    def sweep(self, now: float) -> None:
        """Nothing is left behind: a segment is there by one request."""

    def _days(self, first: date | None, last: date | None) -> list[str]:
        folders = self._bucket.folders(f"{self._name}/")
        return [folder for folder in folders if within(day_of(folder), first, last)]

    def _fetched(self, segment: Segment) -> Path:
        path = self._cache / segment.path
        if path.is_file() and path.stat().st_size == segment.size:
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = new_temporary(path.parent)
        try:
            name = f"{self._name}/{segment.path}"
            if not self._bucket.download(name, segment.size, temporary):
                if self._bucket.size(name) is None:
                    raise FileNotFoundError(name)
                raise StoreError(f"the prediction log is damaged: {self._bucket.url}/{name}")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        return path
