"""Online features by entity key: one batched read a view, ttl enforced, a circuit that opens."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ...compiler.plan import ViewProgram
from ..errors import StoreError
from ..stores.online import OnlineRow, OnlineStore


class Absence(StrEnum):
    """Why a view has no row for a request."""

    MISSING = "missing"
    EXPIRED = "expired"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Found:
    """A view's answers, aligned with the request's rows."""

    view: ViewProgram
    answers: Sequence[OnlineRow | Absence]


class Circuit:
    """Stops asking a store that fails: open after `failures` in a row, for `seconds`."""

    def __init__(
        self,
        *,
        failures: int = 5,
        seconds: float = 5.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._seconds = seconds
        self._monotonic = monotonic
        self._failures = 0
        self._closed_again = 0.0

    @property
    def open(self) -> bool:
        return self._failures >= self._limit and self._monotonic() < self._closed_again

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        self._closed_again = self._monotonic() + self._seconds


class Lookup:
    """Reads the views of an endpoint that live in the online store."""

    def __init__(
        self, views: Sequence[ViewProgram], store: OnlineStore, circuit: Circuit | None = None
    ) -> None:
        self.views = tuple(view for view in views if view.kind != "on_demand")
        self._keys = {view.name: tuple(key.name for key in view.keys) for view in self.views}
        self._store = store
        self._circuit = circuit or Circuit()
        self.failure = ""

    def find(self, rows: Sequence[Mapping[str, Any]], now: int) -> list[Found]:
        """One `Found` a view. A store that fails makes every answer of the view `unavailable`."""
        return [Found(view, self._find(view, rows, now)) for view in self.views]

    def check(self) -> str:
        """Empty when every view can be read, else what is wrong."""
        try:
            for view in self.views:
                if self._store.generation(view.name) is None:
                    return f"view {view.name!r} was never materialized"
        except StoreError as error:
            return error.message
        return ""

    def _find(
        self, view: ViewProgram, rows: Sequence[Mapping[str, Any]], now: int
    ) -> list[OnlineRow | Absence]:
        if self._circuit.open:
            return [Absence.UNAVAILABLE] * len(rows)
        names = self._keys[view.name]
        keys = [tuple([row[name] for name in names]) for row in rows]
        try:
            answers = self._store.read(view.name, keys)
        except StoreError as error:
            self._circuit.failed()
            self.failure = error.message
            return [Absence.UNAVAILABLE] * len(rows)
        self._circuit.succeeded()
        oldest = None if view.kind != "latest" or view.ttl is None else now - view.ttl
        return [_within_ttl(row, oldest) for row in answers]


def _within_ttl(row: OnlineRow | None, oldest: int | None) -> OnlineRow | Absence:
    if row is None:
        return Absence.MISSING
    if oldest is not None and (row.event_time is None or row.event_time <= oldest):
        return Absence.EXPIRED
    return row
