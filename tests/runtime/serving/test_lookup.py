"""The lookup against a store that fails: bounded attempts, and recovery."""

from collections.abc import Sequence
from typing import Any

from onespec.runtime.errors import StoreError
from onespec.runtime.serving.lookup import Absence, Circuit, Lookup
from onespec.runtime.stores.online import OnlineRow

from .product import AIRFRAME, FLIGHT, NOW, WEATHER


class Store:
    """Fails while it is told to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.down = False
        self.asked = 0

    def write(self, view: str, generation: str, rows: Any) -> None:
        raise NotImplementedError

    def generation(self, view: str) -> str | None:
        return None

    def read(self, view: str, keys: Sequence[tuple[Any, ...]]) -> Sequence[OnlineRow | None]:
        self.asked += 1
        if self.down:
            raise StoreError("down")
        return [OnlineRow({"key": key}, NOW, NOW) for key in keys]


def test_a_store_that_fails_is_left_alone_for_a_while() -> None:
    store, time = Store(), [0.0]
    circuit = Circuit(failures=3, seconds=5.0, monotonic=lambda: time[0])
    lookup = Lookup([WEATHER, FLIGHT], store, circuit)
    rows = [{"origin": "JFK"}, {"origin": "EWR"}]

    def ask() -> Sequence[OnlineRow | Absence]:
        (found,) = lookup.find(rows, NOW)
        return found.answers

    assert ask() == [OnlineRow({"key": (o,)}, NOW, NOW) for o in ("JFK", "EWR")]
    store.down = True
    for _ in range(10):
        assert ask() == [Absence.UNAVAILABLE] * 2
    assert store.asked == 1 + 3
    time[0] = 5.0
    ask()
    ask()
    assert store.asked == 1 + 3 + 1  # one attempt, then it is left alone again
    store.down = False
    time[0] = 10.0
    assert isinstance(ask()[0], OnlineRow)
    assert isinstance(ask()[0], OnlineRow)
    assert store.asked == 1 + 3 + 1 + 2


def test_one_read_a_view_whatever_the_number_of_rows() -> None:
    store = Store()
    lookup = Lookup([WEATHER, AIRFRAME, FLIGHT], store)
    rows = [{"origin": "JFK", "tailnum": f"N{n}"} for n in range(50)]
    assert [f.view.name for f in lookup.find(rows, NOW)] == ["weather_now", "airframe"]
    assert store.asked == 2
    assert lookup.check() == "view 'weather_now' was never materialized"
