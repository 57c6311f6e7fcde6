"""Append to a prediction log from the request path: never waits, counts what it cannot keep."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pyarrow as pa

from .entry import LogEntry
from .files import LogFiles
from .segment import to_bytes, to_table

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogState:
    """Rows since the start, rows waiting, and the last failure to write (empty when it works)."""

    written: int
    dropped: int
    waiting: int
    failure: str


class LogWriter:
    """A bounded queue and a thread that publishes it as segments.

    A segment is written when `flush_rows` wait or the oldest is `flush_seconds` old, and at
    `close`. When the disk or the service refuses, rows stay in the queue and are tried again; when
    the queue is full, new rows are dropped and counted. A killed process loses what waited in its
    queue. `keep` (microseconds) is how long segments are kept.
    """

    def __init__(
        self,
        files: LogFiles,
        schema: pa.Schema,
        *,
        queue_rows: int = 50_000,
        flush_rows: int = 5_000,
        flush_seconds: float | None = None,
        keep: int | None = None,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._files = files
        self._schema = schema
        self._queue_rows = queue_rows
        self._flush_rows = min(flush_rows, queue_rows)
        self._flush_seconds = files.flush_seconds if flush_seconds is None else flush_seconds
        self._keep = keep
        self._new_id = new_id
        self._waiting: list[LogEntry] = []
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._written = self._dropped = 0
        self._failure = ""
        self._closed = False
        self._tidied = ""
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self._thread.start()

    @property
    def state(self) -> LogState:
        with self._changed:
            return LogState(self._written, self._dropped, len(self._waiting), self._failure)

    def append(self, entries: Sequence[LogEntry]) -> None:
        """Queue entries; those for which there is no room, or after `close`, are dropped."""
        with self._changed:
            room = 0 if self._closed else self._queue_rows - len(self._waiting)
            self._waiting.extend(entries[:room])
            self._dropped += max(0, len(entries) - room)
            if len(self._waiting) >= self._flush_rows:
                self._changed.notify()

    def flush(self) -> None:
        """Publish what waits now. Raises OSError or StoreError when they are refused; then
        the rows still wait."""
        with self._writing:
            with self._changed:
                entries = list(self._waiting)
            for day, group in _by_day(entries).items():
                unfit = self._publish(day, group)
                gone = {id(entry) for entry in group}
                with self._changed:
                    self._waiting = [e for e in self._waiting if id(e) not in gone]
                    self._written += len(group) - unfit
                    self._dropped += unfit
            self._tidy(entries)
            self._failure = ""

    def close(self, timeout: float = 10.0) -> None:
        """Publish what waits and stop. What cannot be written is dropped and counted."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._due, timeout=self._flush_seconds)
                closed = self._closed
            self._try_flush()
            if closed:
                break
        with self._changed:
            self._dropped += len(self._waiting)
            self._waiting.clear()

    def _due(self) -> bool:
        full = len(self._waiting) >= self._flush_rows and not self._failure
        return self._closed or full

    def _try_flush(self) -> None:
        try:
            self.flush()
        except Exception as error:  # whatever it is, requests are answered and the thread lives
            if not self._failure:
                _log.warning("the prediction log cannot be written: %s", error)
            self._failure = f"{type(error).__name__}: {error}"

    def _publish(self, day: str, entries: Sequence[LogEntry]) -> int:
        table, unfit = to_table(entries, self._schema)
        if unfit:
            _log.warning("%d rows do not fit the schema of the prediction log", unfit)
        if table.num_rows:
            name = f"{entries[0].time}-{self._new_id()}.parquet"
            self._files.publish(to_bytes(table), date.fromisoformat(day), name)
        return unfit

    def _tidy(self, entries: Sequence[LogEntry]) -> None:
        """Once a day of the log: remove what killed writers left, and what need not be kept."""
        if not entries or entries[-1].date == self._tidied:
            return
        self._tidied = entries[-1].date
        self._files.sweep(time.time())
        if self._keep is not None:
            oldest = datetime.fromtimestamp(entries[-1].time / 1e6, UTC)
            self._files.expire((oldest - timedelta(microseconds=self._keep)).date())


def _by_day(entries: Sequence[LogEntry]) -> dict[str, list[LogEntry]]:
    days: dict[str, list[LogEntry]] = defaultdict(list)
    for entry in entries:
        days[entry.date].append(entry)
    return days
