"""One scored row, as the request path hands it over to be logged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ...compiler.interfaces.log import (
    ARM,
    EVENT_TIME,
    PREDICTION,
    PROBABILITIES,
    VALID_AT,
    request_column,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A prediction and all that led to it. Instants are UTC µs, `latency` is in seconds.

    `classes`: the model tells several apart; `label` is the one that it answered with.
    """

    request_id: str
    row: int
    time: int
    endpoint: str
    model: str
    version: int
    value_key: str
    columns: Mapping[str, Any]
    features: Mapping[str, Any]
    score: float | None
    latency: float
    event_times: Mapping[str, int | None] = field(default_factory=dict)
    valid_at: Mapping[str, int | None] = field(default_factory=dict)
    degraded: tuple[str, ...] = ()
    error: str | None = None
    label: int | str | None = None
    probabilities: Mapping[str, float] | None = None
    classes: bool = False
    arm: str | None = None

    @property
    def date(self) -> str:
        """The day of the request in UTC, `YYYY-MM-DD`: the log's partition."""
        return (_EPOCH + timedelta(microseconds=self.time)).date().isoformat()

    def cells(self) -> dict[str, Any]:
        """Values by column of the log's schema."""
        cells: dict[str, Any] = {
            request_column(k, classes=self.classes): v for k, v in self.columns.items()
        }
        cells |= self.features
        cells |= {EVENT_TIME + view: time for view, time in self.event_times.items()}
        cells |= {VALID_AT + view: time for view, time in self.valid_at.items()}
        if self.classes:
            told = self.probabilities
            cells[PREDICTION] = self.label
            cells[PROBABILITIES] = None if told is None else list(told.items())
        return cells | {
            "request_id": self.request_id,
            "row": self.row,
            "time": self.time,
            "endpoint": self.endpoint,
            "model": self.model,
            "version": self.version,
            "value_key": self.value_key,
            ARM.name: self.arm,
            "score": self.score,
            "latency": self.latency,
            "degraded": list(self.degraded),
            "error": self.error,
        }
