"""A small product with real stores: four kinds of view, an ONNX model, an endpoint."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from onespec.compiler.plan import (
    AggregateProgram,
    Column,
    Endpoint,
    Feature,
    FieldProgram,
    Plan,
    Program,
    SourceTable,
    ViewProgram,
    Window,
)
from onespec.compiler.plan_file import plan_text
from onespec.runtime.open import close_workspace, open_workspace
from onespec.runtime.serving.open import Hosted
from onespec.runtime.stores.online import OnlineRow
from onespec.runtime.trainers.inputs import SIGNATURE_KEY
from onespec.runtime.value import Yield
from onespec.runtime.workspace import Workspace
from onespec.specs.expressions.ir import to_json
from onespec.specs.expressions.lower_duckdb import to_sql
from onespec.specs.expressions.parse import parse
from onespec.specs.types import DataType, Kind

HOUR = 3_600_000_000
NOW = int(datetime(2013, 12, 31, 18, tzinfo=UTC).timestamp()) * 1_000_000
ROW: Mapping[str, Any] = {
    "origin": "JFK",
    "tailnum": "N14228",
    "distance": 1089,
    "scheduled_departure": "2013-12-31T18:00:00Z",
}


def program(text: str, scope: Mapping[str, str]) -> Program:
    types = {name: DataType(Kind(kind), nullable=True) for name, kind in scope.items()}
    made = parse(text, types)
    kind: Any = str(made.type.kind)
    return Program(text, to_sql(made), to_json(made), kind, made.type.nullable)


def feature(reference: str, kind: Any) -> Feature:
    view, _, name = reference.partition(".")
    window = "6h" if name.endswith("_6h") else None
    return Feature(reference, kind, True, view, name.removesuffix("_6h"), window)


ORIGIN, TAILNUM = Column("origin", "string"), Column("tailnum", "string")
INPUTS = (Column("distance", "float"), Column("scheduled_departure", "timestamp"))
SCOPE = {"distance": "float", "scheduled_departure": "timestamp"}
SOURCE = SourceTable("flights", "parquet", "f.parquet", (ORIGIN, TAILNUM), "scheduled_departure")
WEATHER = ViewProgram(
    "weather_now",
    "latest",
    (feature("weather_now.temp", "float"), feature("weather_now.raining", "bool")),
    (),
    entity="airport",
    keys=(ORIGIN,),
    source=SOURCE,
    ttl=3 * HOUR,
)
LOAD = ViewProgram(
    "airport_load",
    "window",
    (feature("airport_load.departures_6h", "int"),),
    (FieldProgram("departures", program("_a0", {"_a0": "int"})),),
    entity="airport",
    keys=(ORIGIN,),
    source=SOURCE,
    aggregates=(AggregateProgram("_a0", "count", None, None),),
    windows=(Window("6h", 6 * HOUR),),
)
AIRFRAME = ViewProgram(
    "airframe",
    "static",
    (feature("airframe.seats", "int"),),
    (),
    entity="plane",
    keys=(TAILNUM,),
    source=SOURCE,
)
FLIGHT = ViewProgram(
    "flight",
    "on_demand",
    (feature("flight.hour", "int"), feature("flight.log_distance", "float")),
    (
        FieldProgram("hour", program("hour(scheduled_departure)", SCOPE)),
        FieldProgram("log_distance", program("ln(1 + distance)", SCOPE)),
    ),
    inputs=INPUTS,
)
VIEWS = (WEATHER, LOAD, AIRFRAME, FLIGHT)
FEATURES = tuple(f for view in VIEWS for f in view.features)
ENDPOINT = Endpoint(
    name="api",
    model="late_arrival",
    task="binary_classification",
    port=0,
    entity_keys=(ORIGIN, TAILNUM),
    inputs=INPUTS,
    views=VIEWS,
    features=FEATURES,
)


def model_bytes(bias: float = 0.0) -> bytes:
    """score = sigmoid(mean of the features, a null counted as -1, plus bias)."""
    width = len(FEATURES)
    nodes = [
        helper.make_node("IsNaN", ["numeric"], ["missing"]),
        helper.make_node("Where", ["missing", "minus_one", "numeric"], ["filled"]),
        helper.make_node("MatMul", ["filled", "weights"], ["sum"]),
        helper.make_node("Add", ["sum", "bias"], ["shifted"]),
        helper.make_node("Sigmoid", ["shifted"], ["score"]),
    ]
    constants = {
        "minus_one": np.array(-1, dtype=np.float32),
        "weights": np.full(width, 1e-3, dtype=np.float32),
        "bias": np.array(bias, dtype=np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "scorer",
        [helper.make_tensor_value_info("numeric", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [None])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    entry = model.metadata_props.add()
    entry.key = SIGNATURE_KEY
    entry.value = json.dumps(
        {
            "numeric": [f.reference for f in FEATURES],
            "categorical": [],
            "task": "binary_classification",
        }
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def expected_score(features: Mapping[str, float | None], bias: float = 0.0) -> float:
    total = sum(-1 if v is None else float(v) for v in features.values()) * 1e-3
    return float(1 / (1 + np.exp(-(total + bias))))


@dataclass
class Product:
    """A project folder with a plan, and what a run would have put into its stores."""

    project: Path
    endpoint: Endpoint = ENDPOINT
    as_of: int | None = NOW
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        self.plan = Plan("flights", "pipeline.yaml", (), (), (self.endpoint,), as_of=self.as_of)

    @property
    def state(self) -> Path:
        return self.project / ".onespec"

    @property
    def hosted(self) -> Hosted:
        return Hosted.of(self.plan, self.endpoint.name, self.project)

    def changed(self, **changes: Any) -> "Product":
        return Product(self.project, replace(self.endpoint, **changes), self.as_of)

    def write_plan(self) -> Path:
        path = self.project / "plan.json"
        path.write_text(plan_text(self.plan))
        return path

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        workspace = open_workspace(self.plan, self.project)
        try:
            yield workspace
        finally:
            close_workspace(workspace)

    def promote(self, bias: float = 0.0) -> int:
        """Register a model and make it the champion; its version."""
        number = self.register(bias)
        with self.workspace() as workspace:
            workspace.ledger.set_alias("late_arrival", "champion", number, why="test")
        return number

    def roll_out(self, bias: float) -> int:
        """Register a model and begin its rollout; its version."""
        number, steps = self.register(bias), (0.1, 0.5, 1.0)
        with self.workspace() as workspace:
            workspace.ledger.begin_rollout("api", "late_arrival", number, steps, {})
        return number

    def advance(self) -> None:
        """The next share."""
        with self.workspace() as workspace:
            running = workspace.ledger.rollouts("api")[0]
            workspace.ledger.advance_rollout(running.number, running.stage, why="test")

    def abort(self) -> None:
        """The challenger is asked no more."""
        with self.workspace() as workspace:
            workspace.ledger.abort_rollout(workspace.ledger.rollouts("api")[0].number, why="test")

    def register(self, bias: float) -> int:
        """Publish a model; its version."""
        with self.workspace() as workspace:
            file = self.project / f"model-{bias}.onnx"
            file.write_bytes(model_bytes(bias))
            key = hashlib.sha256(f"model {bias}".encode()).hexdigest()
            workspace.store.publish(key, Yield({"model.onnx": file}))
            return workspace.ledger.register("late_arrival", key, key, {}).version

    def materialize(self, *, weather_time: int = NOW - HOUR, generation: str = "g1") -> None:
        weather = {"weather_now.temp": 3.5, "weather_now.raining": True}
        with self.workspace() as workspace:
            rows = [(("JFK",), OnlineRow(weather, weather_time, NOW))]
            workspace.online.write("weather_now", generation, rows)
            load = OnlineRow({"airport_load.departures_6h": 120}, None, NOW)
            workspace.online.write("airport_load", generation, [(("JFK",), load)])
            seats = OnlineRow({"airframe.seats": 55}, None, NOW)
            workspace.online.write("airframe", generation, [(("N14228",), seats)])


def prepared(folder: Path, **changes: Any) -> Product:
    """A product that can be served."""
    product = Product(folder, replace(ENDPOINT, **changes))
    product.promote()
    product.materialize()
    return product
