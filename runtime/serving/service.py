"""One endpoint at work: its champion, lookups, log and counts, opened and closed together."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from ...compiler.plan import Endpoint, Plan
from ..clock import utc_now
from ..features.execute import absent_values
from ..prediction_log.entry import LogEntry
from ..prediction_log.schema import endpoint_schema
from ..prediction_log.write import LogWriter
from ..stores.artifacts import ArtifactStore
from ..stores.ledger import Ledger
from ..stores.online import OnlineStore
from .champion import Champion, Champions
from .lookup import Lookup
from .metrics import Metrics
from .predict import Prediction, Predictor
from .request import RequestRow

PREDICTIONS_FOLDER = "predictions"


@dataclass(frozen=True, slots=True)
class Answer:
    """The predictions of a request and the model that made them."""

    champion: Champion
    predictions: Sequence[Prediction]


class Service:
    """Answers requests for one endpoint. `clock` tells the instant of a request in UTC µs."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        ledger: Ledger,
        store: ArtifactStore,
        online: OnlineStore,
        log_folder: Path,
        clock: Callable[[], int] = utc_now,
        reload_seconds: float = 5.0,
        flush_seconds: float = 2.0,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.endpoint = endpoint
        self.clock = clock
        self.metrics = Metrics(endpoint.name)
        self.lookup = Lookup(endpoint.views, online)
        self.champions = Champions(endpoint, ledger, store, seconds=reload_seconds)
        self.log = LogWriter(
            log_folder,
            endpoint_schema(endpoint),
            flush_seconds=flush_seconds,
            keep=endpoint.log.keep,
        )
        self._predictor = Predictor(
            endpoint,
            self.lookup,
            {view.name: absent_values(view) for view in endpoint.views if view.kind == "window"},
        )
        self._on_close = on_close
        self.champions.start()

    def predict(self, rows: Sequence[RequestRow], request_id: str, started: float) -> Answer:
        """Score rows and log them. `started` is when the request came (`time.perf_counter`)."""
        now = self.clock()
        champion = self.champions.current
        predictions: Sequence[Prediction] = ()
        try:
            predictions = self._predictor.predict(rows, champion.scorer, now)
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
            failed = [Prediction(row.columns, dict(row.features or {})) for row in rows]
            self._record(failed, champion, request_id, now, started, message)
            raise
        self._record(predictions, champion, request_id, now, started)
        return Answer(champion, predictions)

    def close(self) -> None:
        """Publish what waits to be logged and stop the threads."""
        self.champions.close()
        self.log.close()
        self._on_close()

    def _record(
        self,
        predictions: Sequence[Prediction],
        champion: Champion,
        request_id: str,
        now: int,
        started: float,
        error: str | None = None,
    ) -> None:
        degraded = [reason for p in predictions for reason in p.degraded]
        answered = sum(p.score is not None for p in predictions)
        self.metrics.rows(answered, len(predictions) - answered, degraded)
        if not _sampled(request_id, self.endpoint.log.sample):
            return
        latency = time.perf_counter() - started
        self.log.append(
            [
                LogEntry(
                    request_id=request_id,
                    row=row,
                    time=now,
                    endpoint=self.endpoint.name,
                    model=champion.model,
                    version=champion.version,
                    value_key=champion.value_key,
                    columns=prediction.columns,
                    features=prediction.features,
                    score=prediction.score,
                    label=prediction.label,
                    probabilities=prediction.probabilities,
                    classes=self.endpoint.label is not None,
                    latency=latency,
                    event_times=prediction.event_times,
                    valid_at=prediction.valid_at,
                    degraded=prediction.degraded,
                    error=error or (prediction.refusal.detail if prediction.refusal else None),
                )
                for row, prediction in enumerate(predictions)
            ]
        )


def request_clock(plan: Plan) -> Callable[[], int]:
    """The instant of a request: the plan's pinned one, or now."""
    pinned = plan.as_of
    return utc_now if pinned is None else lambda: pinned


def log_folder(state: Path, endpoint: str) -> Path:
    """Where the prediction log of an endpoint lies."""
    return state / PREDICTIONS_FOLDER / endpoint


def _sampled(request_id: str, share: float) -> bool:
    """All rows of a request are in the sample, or none; the same for every replay of it."""
    return share >= 1.0 or crc32(request_id.encode()) < share * 2**32
