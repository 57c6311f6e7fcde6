"""One endpoint at work: its versions, lookups, log and counts, opened and closed together."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

from ...compiler.interfaces.arms import Arm, tells_arms
from ...compiler.plan import Endpoint, Plan
from ..clock import utc_now
from ..features.execute import absent_values
from ..prediction_log.files import LogFiles
from ..prediction_log.schema import endpoint_schema
from ..prediction_log.write import LogWriter
from ..stores.artifacts import ArtifactStore
from ..stores.ledger import Ledger
from ..stores.online import OnlineStore
from .arms import Arms, Asked, Standing
from .loaded import LoadedModel
from .lookup import Lookup
from .metrics import Metrics
from .predict import Prediction, Predictor
from .problem import ProblemError
from .record import Recorder, Rows
from .request import RequestRow
from .shadow import Shadow


@dataclass(frozen=True, slots=True)
class Answer:
    """The predictions of a request, and who was asked about each; `tells_arms` tells the client."""

    asked: Sequence[Asked]
    predictions: Sequence[Prediction]
    tells_arms: bool = False

    @property
    def version(self) -> int | None:
        """The version that answered; None where it was not one alone."""
        versions = {asked.loaded.version for asked in self.asked}
        return versions.pop() if len(versions) == 1 else None


class Service:
    """Answers requests for one endpoint; with `arm`, as that arm alone.

    `clock` tells the instant of a request in UTC µs.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        ledger: Ledger,
        store: ArtifactStore,
        online: OnlineStore,
        log: LogFiles,
        arm: Arm | None = None,
        clock: Callable[[], int] = utc_now,
        reload_seconds: float = 5.0,
        flush_seconds: float | None = None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.endpoint = endpoint
        self.only = arm
        self.clock = clock
        self.metrics = Metrics(endpoint.name)
        self.lookup = Lookup(endpoint.views, online)
        self.arms = Arms(endpoint, ledger, store, only=arm, seconds=reload_seconds)
        self.log = LogWriter(
            log,
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
        recorder = Recorder(endpoint, self.log, self.metrics)
        self._recorder = recorder
        wanted = endpoint.shadow is not None and arm is None
        self.shadow = Shadow(self._predictor, recorder) if wanted else None
        self.arms.start()

    def predict(self, rows: Sequence[RequestRow], request_id: str, started: float) -> Answer:
        """Score rows and log them. `started` is when the request came (`time.perf_counter`).

        Raises ProblemError where nobody can answer yet.
        """
        now = self.clock()
        standing = self.arms.now
        if standing.first is None:
            raise ProblemError(503, standing.waiting)
        asked = _asked(standing, standing.first, rows, request_id)
        try:
            predictions = self._predictor.prepare(rows, now)
            for loaded, group in _groups(asked, predictions):
                self._predictor.score(group, loaded.scorer)
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
            failed = [Prediction(row.columns, dict(row.features or {})) for row in rows]
            self._record(Rows(request_id, now, range(len(rows)), asked, failed), started, message)
            raise
        scored = Rows(request_id, now, range(len(rows)), asked, predictions)
        if self._record(scored, started) and standing.shadow is not None and self.shadow:
            self.shadow.offer(standing.shadow, scored)
        return Answer(asked, predictions, tells_arms=tells_arms(self.endpoint))

    def close(self) -> None:
        """Publish what waits to be logged and stop the threads."""
        self.arms.close()
        if self.shadow:
            self.shadow.close()
        self.log.close()
        self._on_close()

    def _record(self, rows: Rows, started: float, error: str | None = None) -> bool:
        """Whether the request is in the log's sample."""
        degraded = [reason for p in rows.predictions for reason in p.degraded]
        answered = sum(p.score is not None for p in rows.predictions)
        self.metrics.rows(answered, len(rows.predictions) - answered, degraded)
        self._recorder.count(rows)
        if not _sampled(rows.request_id, self.endpoint.log.sample):
            return False
        self._recorder.log(rows, time.perf_counter() - started, error)
        return True


def _asked(
    standing: Standing, first: Asked, rows: Sequence[RequestRow], request_id: str
) -> list[Asked]:
    """Who is asked about each row."""
    split, challenger = standing.split, standing.challenger
    if split is None or challenger is None:
        return [first] * len(rows)
    other = Asked("challenger", challenger)
    return [other if split.challenges(row.columns, request_id) else first for row in rows]


def _groups(
    asked: Sequence[Asked], predictions: Sequence[Prediction]
) -> Iterator[tuple[LoadedModel, Sequence[Prediction]]]:
    """The rows of each version, so that each is called once."""
    if all(one is asked[0] for one in asked):
        yield asked[0].loaded, predictions
        return
    groups: dict[int, list[Prediction]] = {}
    for one, prediction in zip(asked, predictions, strict=True):
        groups.setdefault(one.loaded.version, []).append(prediction)
    loaded = {one.loaded.version: one.loaded for one in asked}
    yield from ((loaded[version], group) for version, group in groups.items())


def request_clock(plan: Plan) -> Callable[[], int]:
    """The instant of a request: the plan's pinned one, or now."""
    pinned = plan.as_of
    return utc_now if pinned is None else lambda: pinned


def _sampled(request_id: str, share: float) -> bool:
    """All rows of a request are in the sample, or none; the same for every replay of it."""
    return share >= 1.0 or crc32(request_id.encode()) < share * 2**32
