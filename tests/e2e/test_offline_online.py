"""Training and serving read the same features: 1,000 entities at instants, through real stores."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onespec.compiler.plan import Endpoint, Plan
from onespec.runtime.engine import run
from onespec.runtime.executors.inline import InlineExecutor
from onespec.runtime.features.execute import absent_values
from onespec.runtime.open import place_of
from onespec.runtime.serving.lookup import Lookup
from onespec.runtime.serving.predict import Predictor
from onespec.runtime.serving.request import RequestRow
from onespec.runtime.stores.online import OnlineStore

from .project import Project

pytestmark = pytest.mark.slow

INSTANTS, ROWS_AT_EACH = 20, 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
VIEWS = ("weather_now", "airport_load", "airline_load", "airframe")
TTL = timedelta(hours=3)

# A second batch over rows that nobody's source holds: what would have been asked, and when.
ASKED = """\
  asked:
    path: data/asked.parquet
    event_time: asked_at

entities:
"""
AUDIT = """\
  audit:
    batch: {model: late_arrival, source: asked, last: 60d, output: data/audit/}

monitor:
"""
SCHEMA = pa.schema(
    [
        pa.field("asked_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("origin", pa.string()),
        pa.field("carrier", pa.string()),
        pa.field("tailnum", pa.string()),
        pa.field("distance", pa.float64()),
        pa.field("scheduled_departure", pa.timestamp("us", "UTC")),
    ]
)


class NoModel:
    """Stands where the model stands: this is about what it would be given."""

    classes = ()

    def score_rows(self, rows: Sequence[Any]) -> list[float]:
        return [0.5] * len(rows)


@dataclass(frozen=True)
class Asked:
    """The audit's project, its plan, and the rows that are asked, in order."""

    project: Project
    plan: Plan
    rows: list[dict[str, Any]]

    @property
    def endpoint(self) -> Endpoint:
        return self.plan.endpoint("api")

    @property
    def names(self) -> list[str]:
        return [feature.reference for feature in self.endpoint.features]

    def at(self) -> dict[datetime, list[dict[str, Any]]]:
        found: dict[datetime, list[dict[str, Any]]] = {}
        for row in self.rows:
            found.setdefault(row["asked_at"], []).append(row)
        return found


@pytest.fixture(scope="module")
def asked(prepared: Project, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    project = prepared.copy(tmp_path_factory.mktemp("asked") / "project")
    project.change(
        ("as_of: 2013-03-02", "as_of: 2013-03-04"),
        ("entities:\n", ASKED),
        ("monitor:\n", AUDIT),
    )
    rows = sampled(project.folder / "data")
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), project.folder / "data/asked.parquet")
    project.call("lock")
    return Asked(project, project.plan(), rows)


def sampled(data: Path) -> list[dict[str, Any]]:
    """At each instant some airports, airlines and planes, unknown ones and nulls among them."""
    rng = random.Random(13)
    flights = pq.read_table(data / "flights.parquet").to_pylist()
    weather = pq.read_table(data / "weather.parquet", columns=["observed_at"]).column(0).to_pylist()
    pools = {
        "origin": [*sorted({row["origin"] for row in flights}) * 4, "XXX", None],
        "carrier": [*sorted({row["carrier"] for row in flights}) * 2, "??", None],
        "tailnum": [*sorted({row["tailnum"] or "" for row in flights}), None, None],
    }
    rows = []
    for instant in instants(rng, [row["scheduled_departure"] for row in flights], max(weather)):
        for _ in range(ROWS_AT_EACH):
            row: dict[str, Any] = {name: rng.choice(pool) for name, pool in pools.items()}
            departure = instant + timedelta(minutes=rng.randrange(600))
            row |= {"distance": float(rng.randrange(80, 5000)), "asked_at": instant}
            rows.append({**row, "scheduled_departure": departure})
    return rows


def instants(
    rng: random.Random, departures: Sequence[datetime], last_weather: datetime
) -> list[datetime]:
    """Any, and those at which something changes: a row becomes known, leaves a window, expires."""
    later = [time for time in departures if time > departures[0] + timedelta(days=9)]
    turns = [
        rng.choice(later) + shift
        for shift in (
            timedelta(hours=2),  # the delay of a flight is known …
            timedelta(hours=2) - MICROSECOND,  # … or not quite
            timedelta(hours=6),  # the last instant in the window of 6 hours …
            timedelta(hours=6) + MICROSECOND,  # … and the first out of it
            timedelta(hours=24),
            timedelta(hours=24) + MICROSECOND,
            timedelta(days=7),
            timedelta(days=7) + MICROSECOND,
        )
    ]
    # After the last observation nothing renews it, and the ttl ends it.
    turns += [last_weather, last_weather + TTL - MICROSECOND, last_weather + TTL]
    first, last = later[0], departures[-1]
    end = datetime(2013, 3, 4, tzinfo=UTC)
    turns = [time for time in turns if time <= end]
    span = int((last - first).total_seconds())
    while len(turns) < INSTANTS:
        turns.append(first + timedelta(seconds=rng.randrange(span)))
    assert len(set(turns)) == INSTANTS
    return turns


@pytest.fixture(scope="module")
def offline(asked: Asked) -> list[dict[str, Any]]:
    """What the steps `features` say for each asked row, in order."""
    place = place_of(asked.plan, asked.project.folder)
    chosen = {step.id for step in asked.plan if step.id.startswith("features.audit.")}
    assert len(chosen) == len(VIEWS) + 1
    result = run(asked.plan, place, InlineExecutor(), selection=chosen, force=True)
    assert result.state == "done", [step.error for step in result.steps.values()]
    columns: dict[str, list[Any]] = {}
    with place.open(asked.plan) as workspace:
        for step_id in chosen:
            value = result.steps[step_id].value
            assert value is not None
            table = pq.read_table(workspace.file(value, "features.parquet"))
            columns |= {name: table.column(name).to_pylist() for name in table.column_names}
    names = asked.names
    ordered = (columns[name] for name in names)
    return [dict(zip(names, cells, strict=True)) for cells in zip(*ordered, strict=True)]


def materialize(asked: Asked, instant: datetime, views: Sequence[str] = VIEWS) -> None:
    """As the job does, at that instant, into the project's own online store; forced, since what a
    later instant has written would else stay."""
    at = (instant - EPOCH) // MICROSECOND
    place = place_of(asked.plan, asked.project.folder, as_of=at)
    chosen = {f"materialize.{view}" for view in views}
    result = run(asked.plan, place, InlineExecutor(), selection=chosen, force=True)
    assert result.state == "done", [step.error for step in result.steps.values()]


def online(asked: Asked, rows: Sequence[dict[str, Any]], instant: datetime) -> list[dict[str, Any]]:
    """What the endpoint would give to its model for these rows at an instant."""
    with asked.project.workspace() as workspace:
        return _served(asked.endpoint, workspace.online, rows, instant)


def _served(
    endpoint: Endpoint, store: OnlineStore, rows: Sequence[dict[str, Any]], instant: datetime
) -> list[dict[str, Any]]:
    absent = {view.name: absent_values(view) for view in endpoint.views if view.kind == "window"}
    predictor = Predictor(endpoint, Lookup(endpoint.views, store), absent)
    requests = [
        RequestRow({name: cell for name, cell in row.items() if name != "asked_at"}) for row in rows
    ]
    at = (instant - EPOCH) // MICROSECOND
    predictions = predictor.predict(requests, NoModel(), at)
    assert all(prediction.refusal is None for prediction in predictions)
    return [prediction.features for prediction in predictions]


def differences(
    one: Sequence[dict[str, Any]], other: Sequence[dict[str, Any]]
) -> list[tuple[int, str, Any, Any]]:
    """Exactly: a float that differs in its last bit is another one."""
    assert len(one) == len(other)
    return [
        (place, name, left[name], right[name])
        for place, (left, right) in enumerate(zip(one, other, strict=True))
        for name in left
        if repr(left[name]) != repr(right[name])
    ]


def test_a_thousand_entities_at_instants_have_the_same_features_in_training_and_serving(
    asked: Asked, offline: list[dict[str, Any]]
) -> None:
    assert len(asked.rows) == len(offline) == INSTANTS * ROWS_AT_EACH == 1000
    assert {f.view for f in asked.endpoint.features} == {*VIEWS, "flight"}
    found: list[dict[str, Any]] = []
    for instant, rows in asked.at().items():
        materialize(asked, instant)
        found += online(asked, rows, instant)
    assert differences(offline, found) == []
    # The comparison is about something: every feature has values, and takes several.
    for name in asked.names:
        values = {repr(row[name]) for row in offline}
        assert len(values - {"None"}) > 1, name
    nulls = {name for name in asked.names for row in offline if row[name] is None}
    assert {"weather_now.temp", "airport_load.mean_delay_6h", "airframe.age"} <= nulls


def test_the_ttl_ends_at_the_same_microsecond_in_training_and_serving(
    asked: Asked, offline: list[dict[str, Any]]
) -> None:
    """What was materialised at the last observation is asked again while it ages."""
    by_instant = asked.at()
    observed = pq.read_table(asked.project.folder / "data/weather.parquet", columns=["observed_at"])
    last = max(observed.column(0).to_pylist())
    materialize(asked, last, ["weather_now"])
    known: dict[datetime, set[bool]] = {}
    for instant in (last, last + TTL - MICROSECOND, last + TTL):
        rows = by_instant[instant]
        trained = [offline[asked.rows.index(row)] for row in rows]
        found = online(asked, rows, instant)
        weather = [name for name in asked.names if name.startswith("weather_now.")]
        one, other = ([{n: row[n] for n in weather} for row in rows] for rows in (trained, found))
        assert differences(one, other) == []
        known[instant] = {
            row["weather_now.temp"] is not None
            for row, asked_row in zip(found, rows, strict=True)
            if asked_row["origin"] in ("EWR", "JFK", "LGA")
        }
    assert list(known.values()) == [{True}, {True}, {False}]


def test_planted_skew_is_seen(asked: Asked, offline: list[dict[str, Any]]) -> None:
    """The control: another instant, another value of one key, a ttl that is one hour longer."""
    instant, rows = next(iter(asked.at().items()))
    trained = offline[: len(rows)]
    materialize(asked, instant)
    assert differences(trained, online(asked, rows, instant)) == []

    materialize(asked, instant + timedelta(hours=1))
    late = {
        name.partition(".")[0]
        for _, name, _, _ in differences(trained, online(asked, rows, instant))
    }
    assert late == {"weather_now", "airport_load", "airline_load"}

    materialize(asked, instant)
    with asked.project.workspace() as workspace:
        keys = [("EWR",), ("JFK",), ("LGA",)]
        stored = dict(zip(keys, workspace.online.read("weather_now", keys), strict=True))
        found = {key: row for key, row in stored.items() if row is not None}
        told = found["JFK",].values
        values = {**told, "weather_now.temp": told["weather_now.temp"] + 1e-12}
        found["JFK",] = found["JFK",]._replace(values=values)
        workspace.online.write("weather_now", "planted", list(found.items()))
    seen = differences(trained, online(asked, rows, instant))
    assert {(rows[place]["origin"], name) for place, name, _, _ in seen} == {
        ("JFK", "weather_now.temp")
    }
