"""The online store holds what the training set would say at the same instant."""

import math
import random
import runpy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onespec.compiler.plan import (
    AggregateProgram,
    ExamplesParams,
    FeaturesParams,
    MaterializeParams,
    SourceParams,
    SourceTable,
    ViewProgram,
)
from onespec.runtime.features.execute import absent_values
from onespec.runtime.sources.schema_of import schema_of
from onespec.runtime.stores.online import OnlineRow

from .dataflow import DAY, HOUR, Dataflow, column, micros, program, row_view, times, window_view

PREPARE = Path(__file__).parents[3] / "examples/flights/prepare.py"
NOON = micros("2024-06-01T12:00:00")


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Dataflow]:
    made = Dataflow(tmp_path, as_of=NOON)
    yield made
    made.close()


def materialize(flow: Dataflow, view: ViewProgram) -> None:
    assert view.source is not None
    name = f"materialize.{view.name}"
    flow.run(name, MaterializeParams(view), f"source.{view.source.name}")


def read(flow: Dataflow, view: ViewProgram, key: tuple[Any, ...], at: int) -> dict[str, Any]:
    """What a request at an instant is answered: the ttl is enforced here, on read."""
    (row,) = flow.workspace.online.read(view.name, [key])
    nothing: dict[str, Any] = dict.fromkeys((f.reference for f in view.features), None)
    if view.kind == "window" and row is None:
        return absent_values(view)
    if row is None or expired(row, view.ttl, at):
        return nothing
    return dict(row.values)


def expired(row: OnlineRow, ttl: int | None, at: int) -> bool:
    return ttl is not None and row.event_time is not None and row.event_time <= at - ttl


def seen(flow: Dataflow) -> SourceTable:
    return flow.source(
        "seen",
        {
            "who": ["a", "a", "b", None, "c"],
            "at": times(
                [NOON - 2 * HOUR, NOON - HOUR, NOON - HOUR + 1, NOON - DAY, NOON - 5 * DAY]
            ),
            "x": [1, 2, 3, 4, 5],
            "t": times([0, 1, 2, 3, -1]),
            "s": ["p", None, "q", "r", "é"],
        },
        "at",
    )


def test_the_newest_available_row_with_its_time_however_old(flow: Dataflow) -> None:
    fields = {
        "x": program('"x" * 2', "int"),
        "t": program('"t"', "timestamp"),
        "s": program('"s"', "string"),
    }
    view = row_view(seen(flow), ("who",), fields, available_after=HOUR, ttl=DAY)
    materialize(flow, view)
    a, b, c = flow.workspace.online.read("view", [("a",), ("b",), ("c",)])
    assert a is not None
    assert (a.values["view.x"], a.values["view.s"], a.event_time) == (4, None, NOON - HOUR)
    assert a.values["view.t"].isoformat() == "1970-01-01T00:00:00.000001+00:00"
    assert b is None  # known a microsecond later
    assert c is not None
    assert (c.values["view.x"], c.event_time, c.written) == (10, NOON - 5 * DAY, NOON)
    assert read(flow, view, ("c",), NOON)["view.x"] is None
    assert read(flow, view, ("a",), NOON + DAY - HOUR - 1)["view.x"] == 4
    assert read(flow, view, ("a",), NOON + DAY - HOUR)["view.x"] is None
    assert flow.values["materialize.view"].facts == {"rows": 2}


def test_it_holds_as_long_as_the_store_serves_it(flow: Dataflow) -> None:
    view = row_view(seen(flow), ("who",), {"x": program('"x"', "int")})
    materialize(flow, view)
    assert flow.holds("materialize.view")
    flow.workspace.online.write("view", "someone else's", [])
    assert not flow.holds("materialize.view")


def test_the_key_follows_the_instant_until_nothing_can_change(flow: Dataflow) -> None:
    source = seen(flow)
    newest = NOON - HOUR + 1

    def same(view: ViewProgram, one: int, other: int) -> bool:
        keys = []
        for instant in (one, other):
            flow.at(instant)
            keys.append(flow.key("materialize.view", MaterializeParams(view), "source.seen"))
        return keys[0] == keys[1]

    latest = row_view(source, ("who",), {"x": program('"x"', "int")}, available_after=HOUR, ttl=1)
    assert same(latest, newest + HOUR, newest + 99 * DAY)
    assert not same(latest, newest + HOUR - 1, newest + HOUR)
    windows = window_view(
        source, ("who",), {"n": program('"_a0"', "int")},
        (AggregateProgram("_a0", "count", None, None),), {"1d": DAY},
    )  # fmt: skip
    assert not same(windows, newest + DAY, newest + DAY + 1)
    assert same(windows, newest + DAY + 1, newest + 9 * DAY)


def test_windows_tell_what_an_unknown_key_gets(flow: Dataflow) -> None:
    view = window_view(
        seen(flow), ("who",),
        {"n": program('"_a0"', "int"), "share": program('"_a1" / "_a0"'), "s": program('"_a1"')},
        (AggregateProgram("_a0", "count", None, None), AggregateProgram("_a1", "sum", "_v", None)),
        {"1d": DAY}, prepare={"_v": program('"x"', "int")},
    )  # fmt: skip
    materialize(flow, view)
    assert flow.values["materialize.view"].facts == {"rows": 3}
    assert absent_values(view) == {"view.n_1d": 0, "view.share_1d": None, "view.s_1d": None}
    assert read(flow, view, ("a",), NOON) == {"view.n_1d": 2, "view.share_1d": 1.5, "view.s_1d": 3}
    # c has rows, but none in the window: as if it had none at all.
    assert read(flow, view, ("c",), NOON) == read(flow, view, ("unknown",), NOON)


# --- real flights: offline and online, at the same instants -----------------------------------


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataflow]:
    made = Dataflow(tmp_path_factory.mktemp("flights"))
    runpy.run_path(str(PREPARE))["main"](["--sample", "--out", str(made.project)])
    yield made
    made.close()


def sample_source(flow: Dataflow, name: str, event_time: str | None = None) -> SourceTable:
    path = f"{name}.parquet"
    columns = schema_of(name, path, "parquet", flow.project)
    found = SourceTable(name, "parquet", path, columns, event_time)
    flow.run(f"source.{name}", SourceParams(found))
    return found


def flight_views(flow: Dataflow) -> list[ViewProgram]:
    flights = sample_source(flow, "flights", "scheduled_departure")
    weather = sample_source(flow, "weather", "observed_at")
    planes = sample_source(flow, "planes")
    delays = {
        "n": program('"_a0"', "int"),
        "mean": program('"_a1"'),
        "late": program('"_a2" / "_a0"'),
        "worst": program('"_a3"'),
    }
    counts = (
        AggregateProgram("_a0", "count", None, None),
        AggregateProgram("_a1", "avg", "_v0", None),
        AggregateProgram("_a2", "count", None, "_v1"),
        AggregateProgram("_a3", "max", "_v0", None),
    )
    prepare = {"_v0": program('"dep_delay"'), "_v1": program('"dep_delay" > 15', "bool")}
    windows = {"6h": 6 * HOUR, "7d": 7 * DAY}
    last = {"delay": program('"arr_delay"'), "to": program('"dest"', "string")}
    weather_fields = {"temp": program('"temp"'), "raining": program('"precip" > 0', "bool")}
    tied = replace(flights, created="flight_id")
    return [
        row_view(weather, ("origin",), weather_fields, name="weather", ttl=3 * HOUR),
        row_view(
            tied, ("tailnum",), last, name="last", available_after=12 * HOUR, ttl=3 * DAY
        ),
        row_view(planes, ("tailnum",), {"seats": program('"seats"', "int")}, name="frame"),
        window_view(
            flights, ("tailnum",), delays, counts, windows,
            name="plane", prepare=prepare, available_after=2 * HOUR,
        ),
        window_view(
            flights, ("origin",), delays, counts, windows, name="load",
            prepare=prepare, where=program('"carrier" <> \'UA\'', "bool"), available_after=2 * HOUR,
        ),
    ]  # fmt: skip


def offline(
    flow: Dataflow, view: ViewProgram, keys: list[tuple[Any, ...]], at: int
) -> list[dict[str, Any]]:
    """The features step for these keys at an instant."""
    assert view.source is not None
    names = [key.name for key in view.keys]
    parts = {name: [key[i] for key in keys] for i, name in enumerate(names)}
    asked = flow.source("asked", pa.table({**parts, "at": times([at] * len(keys))}), "at")
    flow.run("examples.m", ExamplesParams(asked, tuple(names)), "source.asked")
    inputs = ("examples.m", f"source.{view.source.name}")
    flow.run("features.m", FeaturesParams(view, "asked"), *inputs)
    return flow.table("features.m", "features.parquet").to_pylist()


def some_keys(flow: Dataflow, view: ViewProgram, rng: random.Random) -> list[tuple[Any, ...]]:
    (name,) = (key.name for key in view.keys)
    table = pq.read_table(flow.project / "flights.parquet", columns=[name])
    known = sorted({value for value in table[name].to_pylist() if value is not None})
    return [(value,) for value in rng.sample(known, min(150, len(known)))] + [("N-NONE",)]


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


def differences(flow: Dataflow, view: ViewProgram, instants: list[int], later: int) -> list[Any]:
    """(pairs compared, those that differ): read at, and `later` than, what was written."""
    rng = random.Random(7)
    compared, different = 0, []
    for instant in instants:
        flow.at(instant)
        materialize(flow, view)
        keys = some_keys(flow, view, rng)
        for key, wanted in zip(keys, offline(flow, view, keys, instant + later), strict=True):
            found = read(flow, view, key, instant + later)
            compared += 1
            if wanted.keys() != found.keys() or not all(same(found[n], wanted[n]) for n in wanted):
                different.append((view.name, key, instant, wanted, found))
    return [compared, different]


INSTANTS = [
    micros("2013-01-09T14:00:00"),
    micros("2013-01-20T23:59:59.999999"),
    micros("2013-02-14T12:15:00"),
]


def test_offline_and_online_agree_on_real_flights(flights: Dataflow) -> None:
    total = 0
    for view in flight_views(flights):
        compared, different = differences(flights, view, INSTANTS, later=0)
        assert different == []
        total += compared
    assert total >= 1_000  # with no difference: fewer than 0.3% differ, with 95% confidence


def test_rows_online_age_as_offline_ones_do(flights: Dataflow) -> None:
    """After the last event nothing new comes, and what is there expires at the same instant."""
    weather = flight_views(flights)[0]
    end = micros("2013-03-02T10:15:00")
    for later in (0, HOUR, 2 * HOUR, 3 * HOUR - 1, 3 * HOUR, 3 * HOUR + 1, DAY):
        assert differences(flights, weather, [end], later)[1] == []


def test_a_planted_skew_is_found(flights: Dataflow) -> None:
    """Negative control: online values of a view that knows delays too early."""
    for view in (flight_views(flights)[1], flight_views(flights)[3]):
        flights.at(INSTANTS[1])
        materialize(flights, replace(view, available_after=0))
        keys = some_keys(flights, view, random.Random(7))
        wanted = offline(flights, view, keys, INSTANTS[1])
        found = [read(flights, view, key, INSTANTS[1]) for key in keys]
        assert sum(one != other for one, other in zip(wanted, found, strict=True)) > 20
        assert column(view.source, "tailnum").type == "string"
