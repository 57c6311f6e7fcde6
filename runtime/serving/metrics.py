"""Counts and latencies of one process in Prometheus' text format."""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping

from ...compiler.interfaces.metrics import (
    ARM_ROWS,
    DEGRADED,
    LATENCY_BUCKETS,
    REQUEST_SECONDS,
    REQUESTS,
    ROWS,
)

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_Labels = tuple[tuple[str, str], ...]


class Metrics:
    """What the serving application counts; every name starts with `onespec_`."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = ("endpoint", endpoint)
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, _Labels]] = Counter()
        self._buckets = [0] * (len(LATENCY_BUCKETS) + 1)
        self._seconds = 0.0

    def request(self, status: int, seconds: float) -> None:
        """A prediction request was answered."""
        with self._lock:
            self._counts[REQUESTS, (("status", str(status)),)] += 1
            self._buckets[bisect_left(LATENCY_BUCKETS, seconds)] += 1
            self._seconds += seconds

    def rows(self, answered: int, refused: int, degraded: Iterable[str]) -> None:
        """The rows of a request: `degraded` holds one reason for each row and view concerned."""
        with self._lock:
            self._counts[ROWS, (("outcome", "answered"),)] += answered
            self._counts[ROWS, (("outcome", "refused"),)] += refused
            for reason in degraded:
                self._counts[DEGRADED, (("reason", reason),)] += 1

    def arm_row(self, arm: str, version: int) -> None:
        """A row was scored by the version that stands for an arm."""
        with self._lock:
            self._counts[ARM_ROWS, (("arm", arm), ("version", str(version)))] += 1

    def text(
        self, values: Mapping[str, float], by_arm: Mapping[str, Mapping[str, float]] | None = None
    ) -> str:
        """All metrics; `values` are gauges and counters that others keep, by their full names, and
        `by_arm` those with a value for each arm."""
        with self._lock:
            counts = sorted(self._counts.items())
            buckets, seconds = list(self._buckets), self._seconds
        lines: list[str] = []
        for (name, labels), count in counts:
            self._line(lines, "counter", name, labels, count)
        self._histogram(lines, buckets, seconds)
        for name, value in values.items():
            kind = "counter" if name.endswith("_total") else "gauge"
            self._line(lines, kind, name, (), value)
        for name, arms in (by_arm or {}).items():
            for arm, value in arms.items():
                self._line(lines, "gauge", name, (("arm", arm),), value)
        return "\n".join(lines) + "\n"

    def _line(self, lines: list[str], kind: str, name: str, labels: _Labels, value: float) -> None:
        title = f"# TYPE {name} {kind}"
        if title not in lines:
            lines.append(title)
        lines.append(f"{name}{self._labels(labels)} {value:.10g}")

    def _histogram(self, lines: list[str], buckets: list[int], seconds: float) -> None:
        name = REQUEST_SECONDS
        lines.append(f"# TYPE {name} histogram")
        total = 0
        for bound, count in zip((*map(str, LATENCY_BUCKETS), "+Inf"), buckets, strict=True):
            total += count
            lines.append(f"{name}_bucket{self._labels((('le', bound),))} {total}")
        lines.append(f"{name}_sum{self._labels(())} {seconds:.9g}")
        lines.append(f"{name}_count{self._labels(())} {total}")

    def _labels(self, labels: _Labels) -> str:
        pairs = ",".join(f'{key}="{_escape(value)}"' for key, value in (self._endpoint, *labels))
        return f"{{{pairs}}}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
