"""What becomes of scored rows: counted by arm, and logged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...compiler.interfaces.arms import logs_arms
from ...compiler.plan import Endpoint
from ..prediction_log.entry import LogEntry
from ..prediction_log.write import LogWriter
from .arms import Asked
from .metrics import Metrics
from .predict import Prediction


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one request that were scored, each with who was asked. `places` are theirs in the
    request, `now` is its instant (UTC µs)."""

    request_id: str
    now: int
    places: Sequence[int]
    asked: Sequence[Asked]
    predictions: Sequence[Prediction]

    def only(self, wanted: Sequence[int]) -> "Rows":
        """Some of them."""
        return replace(
            self,
            places=[self.places[i] for i in wanted],
            asked=[self.asked[i] for i in wanted],
            predictions=[self.predictions[i] for i in wanted],
        )


class Recorder:
    """Writes an endpoint's rows to its log and its metrics."""

    def __init__(self, endpoint: Endpoint, log: LogWriter, metrics: Metrics) -> None:
        self._endpoint = endpoint.name
        self._classes = endpoint.label is not None
        self._log = log
        self._metrics = metrics
        self._by_arm = logs_arms(endpoint)

    def count(self, rows: Rows) -> None:
        """By arm, where there are several."""
        if self._by_arm:
            for asked in rows.asked:
                self._metrics.arm_row(asked.arm, asked.loaded.version)

    def log(self, rows: Rows, latency: float, error: str | None = None) -> None:
        """One entry a row."""
        self._log.append(
            [
                LogEntry(
                    request_id=rows.request_id,
                    row=place,
                    time=rows.now,
                    endpoint=self._endpoint,
                    model=asked.loaded.model,
                    version=asked.loaded.version,
                    value_key=asked.loaded.value_key,
                    columns=prediction.columns,
                    features=prediction.features,
                    score=prediction.score,
                    label=prediction.label,
                    probabilities=prediction.probabilities,
                    classes=self._classes,
                    latency=latency,
                    event_times=prediction.event_times,
                    valid_at=prediction.valid_at,
                    degraded=prediction.degraded,
                    error=error or (prediction.refusal.detail if prediction.refusal else None),
                    arm=asked.arm,
                )
                for place, asked, prediction in zip(
                    rows.places, rows.asked, rows.predictions, strict=True
                )
            ]
        )
