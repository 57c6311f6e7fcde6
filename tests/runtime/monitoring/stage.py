"""Run the steps `profile` and `monitor` on the simulated product, in a workspace of a test."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from onespec.compiler.plan import MonitorParams, Plan
from onespec.runtime.open import close_workspace, open_workspace
from onespec.runtime.sources.identity import source_identity
from onespec.runtime.steps import monitor as monitor_step
from onespec.runtime.steps import profile as profile_step
from onespec.runtime.value import Value, Yield
from onespec.runtime.workspace import StepInputs, Workspace

from . import simulation


def true_scores(_model: Path, _features: Any, rows: pa.Table, _cpu: float) -> Any:
    """What the simulated world knows: stands for the model where none is trained."""
    score = rows.column("weather_now.raining").cast(pa.int8()).to_numpy() * 0.9 - 2.2
    score = score + 0.07 * rows.column("airport_load.mean_delay_24h").to_numpy()
    score = score - 0.03 * (np.nan_to_num(numpy(rows, "weather_now.temp"), nan=15.0) - 15)
    score = score + 0.06 * (rows.column("flight.hour").to_numpy() - 14)
    carrier = np.array(rows.column("flight.carrier").to_pylist())
    return 1 / (1 + np.exp(-np.where(carrier == "EV", score + 0.4, score)))


def numpy(rows: pa.Table, name: str) -> Any:
    return rows.column(name).to_numpy(zero_copy_only=False).astype(float)


@dataclass
class Stage:
    """A workspace with what its steps have yielded so far."""

    workspace: Workspace
    values: dict[str, Value] = field(default_factory=dict)
    runs: int = 0

    def publish(self, step_id: str, made: Yield, key: str | None = None) -> Value:
        value = self.workspace.store.publish(key or f"{len(self.values):064x}", made)
        self.values[step_id] = value
        return value

    def publish_table(self, step_id: str, name: str, table: pa.Table) -> None:
        path = self._scratch() / name
        pq.write_table(table, path)
        self.publish(step_id, Yield({name: path}))

    def inputs(self) -> StepInputs:
        return StepInputs("own-key", dict(self.values))

    def _scratch(self) -> Path:
        self.runs += 1
        folder = self.workspace.scratch / str(self.runs)
        folder.mkdir(parents=True)
        return folder

    def scratched(self, as_of: int | None = None) -> Workspace:
        at = self.workspace.as_of if as_of is None else as_of
        return replace(self.workspace, scratch=self._scratch(), as_of=at)

    def profile(self) -> dict[str, Any]:
        step = self.workspace.plan.step("profile")
        made = profile_step.run(step, self.inputs(), self.scratched())
        self.text = made.files["profile.json"].read_text()
        value = self.publish("profile", made)
        ledger, model = self.workspace.ledger, step.params.model
        facts = {"profile_key": value.key}
        version = ledger.register(model, self.values["train"].key, value.key, facts)
        ledger.set_alias(model, "champion", version.version, why="for the test")
        profile = json.loads(self.workspace.file(value, "profile.json").read_text())
        return dict(profile)

    def monitor(self, as_of: int | None = None) -> tuple[dict[str, Any], Yield]:
        step = self.workspace.plan.step("monitor")
        made = monitor_step.run(step, self.inputs(), self.scratched(as_of))
        return json.loads(made.files["report.json"].read_text()), made


@contextmanager
def stage(plan: Plan, project: Path, training: pa.Table | None = None) -> Iterator[Stage]:
    """A stage with a training set and a model that is only a name."""
    workspace = open_workspace(plan, project, as_of=simulation.AS_OF)
    try:
        made = Stage(replace(workspace, scratch=workspace.scratch / "test"))
        table = simulation.training_table() if training is None else training
        made.publish_table("training_set", "training_set.parquet", table)
        model = made._scratch() / "model.onnx"
        model.write_bytes(b"a model")
        made.publish("train", Yield({"model.onnx": model}), key="f" * 64)
        yield made
    finally:
        close_workspace(workspace)


def add_batch(made: Stage, world: simulation.World, **how: Any) -> None:
    made.publish_table("score", "scores.parquet", simulation.batch_table(world, **how))


def add_online(made: Stage, table: pa.Table, deployment: str = "api") -> None:
    simulation.write_log(table, made.workspace.state / "predictions" / deployment)


def add_source(made: Stage, world: simulation.World, **how: Any) -> None:
    path = made.workspace.project / simulation.SOURCE.path
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(simulation.source_table(world, **how), path)
    identity = source_identity(simulation.SOURCE, made.workspace.project, made.workspace.state)
    made.publish("source", Yield({}, {"identity": identity}))


def online_report(
    project: Path, world: simulation.World, params: MonitorParams = simulation.MONITOR, **how: Any
) -> tuple[dict[str, Any], Yield]:
    """The report on an online deployment in a world, from profile to page."""
    with stage(simulation.product(params), project) as made:
        made.profile()
        add_source(made, world, **how)
        add_online(made, simulation.online_table(world, **how))
        report, result = made.monitor()
        return report, result
