"""The shadow: scores what was asked beside the requests, is logged, and never answers."""

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, replace

from .arms import Asked
from .loaded import LoadedModel
from .predict import Prediction, Predictor
from .record import Recorder, Rows

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShadowState:
    """Rows since the start that were dropped or could not be scored, and rows that wait."""

    dropped: int
    failed: int
    waiting: int


class Shadow:
    """A bounded queue of rows and a thread that scores them: a request never waits for it.

    When more than `queue_rows` wait, new ones are dropped and counted.
    """

    def __init__(
        self, predictor: Predictor, recorder: Recorder, *, queue_rows: int = 10_000
    ) -> None:
        self._predictor = predictor
        self._recorder = recorder
        self._queue_rows = queue_rows
        self._queue: deque[tuple[LoadedModel, Rows]] = deque()
        self._changed = threading.Condition()
        self._waiting = self._dropped = self._failed = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
        self._thread.start()

    @property
    def state(self) -> ShadowState:
        with self._changed:
            return ShadowState(self._dropped, self._failed, self._waiting)

    def offer(self, shadow: LoadedModel, rows: Rows) -> None:
        """Queue the rows that another version has answered, as they were when it did."""
        asked = [
            place
            for place, (asked, prediction) in enumerate(
                zip(rows.asked, rows.predictions, strict=True)
            )
            if asked.loaded.version != shadow.version and prediction.refusal is None
        ]
        if not asked:
            return
        with self._changed:
            if self._closed or self._waiting + len(asked) > self._queue_rows:
                self._dropped += len(asked)
                return
            self._waiting += len(asked)
            self._queue.append((shadow, rows.only(asked)))
            self._changed.notify()

    def close(self, timeout: float = 5.0) -> None:
        """Score what waits, within the time, and stop; what is left is dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closed)
                if not self._queue:
                    return
                shadow, rows = self._queue.popleft()
            try:
                self._score(shadow, rows)
            except Exception as error:  # a shadow may fail, and takes nobody with it
                with self._changed:
                    if not self._failed:
                        _log.warning("the shadow cannot score: %s", error)
                    self._failed += len(rows.predictions)
            with self._changed:
                self._waiting -= len(rows.predictions)

    def _score(self, shadow: LoadedModel, rows: Rows) -> None:
        started = time.perf_counter()
        again = [_anew(prediction) for prediction in rows.predictions]
        self._predictor.score(again, shadow.scorer)
        asked = [Asked("shadow", shadow)] * len(again)
        scored = replace(rows, asked=asked, predictions=again)
        self._recorder.count(scored)
        self._recorder.log(scored, time.perf_counter() - started)


def _anew(prediction: Prediction) -> Prediction:
    """The same row before it was scored: what was looked up is not looked up again."""
    return replace(
        prediction, features=dict(prediction.features), score=None, label=None, probabilities=None
    )
