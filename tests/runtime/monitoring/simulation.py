"""A made-up product in the manner of the flights: training rows, a live log, and their outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from onespec.compiler.plan import (
    Column,
    Drift,
    Estimator,
    Feature,
    LabelJoin,
    MonitorParams,
    Performance,
    Plan,
    ProfileParams,
    Program,
    ScoreParams,
    Service,
    SourceParams,
    SourceTable,
    Split,
    Step,
    StepParams,
    TrainingSetParams,
    TrainParams,
)

DAY = 86_400_000_000
HOUR = DAY // 24
MODEL = "late_arrival"


def micros(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp() * 1e6)


AS_OF = micros(2013, 12, 15)

FEATURES = (
    Feature("weather_now.temp", "float", True, "weather_now", "temp"),
    Feature("weather_now.raining", "bool", True, "weather_now", "raining"),
    Feature("airport_load.mean_delay_24h", "float", True, "airport_load", "mean_delay", "24h"),
    Feature("airframe.seats", "int", True, "airframe", "seats"),
    Feature("flight.carrier", "string", True, "flight", "carrier"),
    Feature("flight.hour", "int", False, "flight", "hour"),
)

SOURCE = SourceTable(
    "flights",
    "parquet",
    "data/flights.parquet",
    (
        Column("origin", "string"),
        Column("tailnum", "string"),
        Column("scheduled_departure", "timestamp", False),
        Column("arr_delay", "float"),
    ),
    "scheduled_departure",
)


def program(sql: str, kind: str = "bool") -> Program:
    return Program(sql, sql, None, kind, True)


LABELS = LabelJoin(
    SOURCE,
    program('"arr_delay" is not null'),
    program('"arr_delay" > 15'),
    12 * HOUR,
    ("origin", "tailnum"),
)


@dataclass(frozen=True)
class World:
    """How rows are made: `cold` degrees below the usual, `lost` share of temperatures missing,
    `strange` share of an unknown carrier, `flipped` whether the label turns around."""

    cold: float = 0.0
    lost: float = 0.02
    strange: float = 0.0
    flipped: bool = False

    def rows(self, n: int, start: int, end: int, seed: int) -> dict[str, Any]:
        """Columns by name, with `label`, `score` and `__time` ascending."""
        random = np.random.default_rng(seed)
        times = np.sort(random.integers(start // HOUR, end // HOUR, n)) * HOUR + np.arange(n)
        temp = 15 - self.cold + 6 * random.standard_normal(n)
        raining = random.random(n) < 0.15
        delay = random.gamma(2.0, 8.0, n) - 4
        seats = random.choice([20, 55, 140, 182, 200, 330], n, p=[0.05, 0.3, 0.25, 0.2, 0.15, 0.05])
        carrier = random.choice(["UA", "B6", "EV", "DL", "AA"], n, p=[0.3, 0.25, 0.2, 0.15, 0.1])
        carrier = np.where(random.random(n) < self.strange, "ZZ", carrier)
        hour = random.integers(5, 23, n)
        z = -2.2 + 0.07 * delay + 0.9 * raining - 0.03 * (temp - 15) + 0.06 * (hour - 14)
        z = np.where(carrier == "EV", z + 0.4, z)
        score = 1 / (1 + np.exp(-z))
        label = random.random(n) < (1 - score if self.flipped else score)
        missing = random.random(n) < self.lost
        return {
            "__time": times,
            "weather_now.temp": np.where(missing, np.nan, temp),
            "weather_now.raining": raining,
            "airport_load.mean_delay_24h": delay,
            "airframe.seats": seats,
            "flight.carrier": carrier,
            "flight.hour": hour,
            "label": label,
            "score": score,
            "origin": random.choice(["EWR", "JFK", "LGA"], n),
            "tailnum": np.array([f"N{i % 997}" for i in range(n)]),
        }


def arrow(columns: Mapping[str, Any]) -> pa.Table:
    """Arrow columns; NaN in a feature is null."""
    made = {}
    for name, values in columns.items():
        if name == "__time":
            made[name] = pa.array(values, pa.timestamp("us"))
        else:
            made[name] = pa.array(values, from_pandas=True)
    return pa.table(made)


def training_table(n: int = 6000) -> pa.Table:
    columns = World().rows(n, micros(2013, 1, 1), micros(2013, 10, 1), seed=1)
    part = np.repeat(["train", "validation", "test"], [n * 7 // 10, n * 15 // 100, n * 15 // 100])
    columns = {name: values for name, values in columns.items() if name != "score"}
    return arrow({"__row": np.arange(n), **columns, "__split": part})


def batch_table(world: World, n: int = 3000, days: int = 14, seed: int = 2) -> pa.Table:
    """What a batch step yields, with `__row` counting in the source of `source_table`."""
    columns = world.rows(n, AS_OF - days * DAY, AS_OF, seed)
    columns.pop("label")
    extra = {"model": [MODEL] * n, "version": [3] * n, "value_key": ["train-key"] * n}
    return arrow({"__row": np.arange(n), **columns, **extra})


def source_table(world: World, n: int = 3000, days: int = 14, seed: int = 2) -> pa.Table:
    """The outcomes of `batch_table`'s rows, row by row; a few flights never arrive."""
    columns = world.rows(n, AS_OF - days * DAY, AS_OF, seed)
    delay = np.where(columns["label"], 40.0, -5.0)
    delay[::50] = np.nan
    table = arrow({"origin": columns["origin"], "tailnum": columns["tailnum"]})
    times = pa.array(columns["__time"], pa.timestamp("us"))
    return table.append_column("scheduled_departure", times).append_column(
        "arr_delay", pa.array(delay, from_pandas=True)
    )


def online_table(world: World, n: int = 3000, days: int = 14, seed: int = 2) -> pa.Table:
    """A prediction log as the scoring application writes it: asked half an hour ahead."""
    random = np.random.default_rng(seed + 100)
    columns = world.rows(n, AS_OF - days * DAY, AS_OF, seed)
    times = columns.pop("__time")
    columns.pop("label")
    score = columns.pop("score")
    failed = random.random(n) < 0.002
    table = arrow(columns)
    utc = pa.timestamp("us", "UTC")
    reasons = np.where(random.random(n) < 0.01, "weather_now.temp", "")
    extra = {
        "request_id": pa.array([f"r{i}" for i in range(n)]),
        "row": pa.array(np.zeros(n, dtype=np.int32)),
        "time": pa.array(times - HOUR // 2, utc),
        "scheduled_departure": pa.array(times, utc),
        "endpoint": pa.array(["api"] * n),
        "model": pa.array([MODEL] * n),
        "version": pa.array(np.full(n, 3, dtype=np.int32)),
        "value_key": pa.array(["train-key"] * n),
        "score": pa.array(score, mask=failed),
        "latency": pa.array(random.lognormal(-5.3, 0.45, n)),
        "degraded": pa.array([[r] if r else [] for r in reasons.tolist()], pa.list_(pa.string())),
        "error": pa.array(["timeout" if f else None for f in failed.tolist()], pa.string()),
    }
    for name, column in extra.items():
        table = table.append_column(name, column)
    return table


def write_log(table: pa.Table, folder: Path) -> None:
    """Segments by day, as `runtime/prediction_log` lays them out."""
    days = table.column("time").cast(pa.int64()).to_numpy() // DAY
    for day in np.unique(days).tolist():
        name = datetime.fromtimestamp(day * 86400, UTC).strftime("date=%Y-%m-%d")
        (folder / name).mkdir(parents=True, exist_ok=True)
        pq.write_table(table.filter(pa.array(days == day)), folder / name / f"{day}.parquet")


MONITOR = MonitorParams(
    monitor="api_health",
    deployment="api",
    deployment_kind="online",
    model=MODEL,
    task="binary_classification",
    features=FEATURES,
    window=7 * DAY,
    minimum_rows=100,
    drift=Drift("psi", 0.1, 0.25),
    performance=Performance("roc_auc", minimum=0.62),
    service=Service(0.05, 0.01),
    labels=LABELS,
    retrain=MODEL,
    cooldown=DAY,
)
BATCH = replace(
    MONITOR, monitor="nightly_health", deployment="nightly", deployment_kind="batch", service=None
)


def plan_of(*params: StepParams, name: str = "flight-delays") -> Plan:
    """A plan whose steps are called by kind; every step but the first reads all before it."""
    steps: list[Step] = []
    for one in params:
        inputs = tuple(step.id for step in steps)
        steps.append(Step(one.kind, f"fingerprint-{one.kind}", one, inputs))
    return Plan(name, "pipeline.yaml", tuple(steps), ())


def product(monitor: MonitorParams, features: tuple[Feature, ...] = FEATURES) -> Plan:
    split = Split("time", 0.7, 0.15, 0.15)
    task = "binary_classification"
    estimator = Estimator("sklearn.linear_model.LogisticRegression", "sklearn")
    return plan_of(
        TrainingSetParams(features, split),
        TrainParams(MODEL, task, features, estimator),
        ProfileParams(MODEL, task, features),
        ScoreParams("nightly", MODEL, features, ("origin", "tailnum"), "data/scores"),
        SourceParams(SOURCE),
        monitor,
    )
