"""The steps from a training set to a promotion, on real stores, one after another."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from ml_rows import FEATURES, training_table, write_table

from onespec.compiler.plan import (
    Estimator,
    EvaluateParams,
    Gate,
    GateParams,
    Plan,
    ProbeParams,
    PromoteParams,
    RegisterParams,
    Split,
    Step,
    StepParams,
    Task,
    TrainingSetParams,
    TrainParams,
)
from onespec.runtime.identities import identity_module
from onespec.runtime.steps import step_module
from onespec.runtime.stores.folder import FolderStore
from onespec.runtime.stores.ledger_sql import SqlLedger
from onespec.runtime.stores.sql_engine import sqlite_url
from onespec.runtime.value import Value, Yield
from onespec.runtime.workspace import StepInputs, Workspace

MODEL = "late"
SPLIT = Split("time", 0.7, 0.15, 0.15)


def gate(text: str, *, champion: str | None = None) -> Gate:
    """`subject comparison number`; with `champion`, the number is added to the champion's."""
    subject, comparison, number = text.split()
    return Gate(text, subject, comparison, float(number), champion)  # type: ignore[arg-type]


def plan_of(
    gates: tuple[Gate, ...],
    estimator: Estimator,
    task: Task = "binary_classification",
    *,
    same_rows: bool = False,
    promote: PromoteParams = PromoteParams(MODEL),  # noqa: B008 - frozen
) -> Plan:
    rows, more = "training_set.late", ("training_set.late",) if same_rows else ()
    kinds: list[tuple[StepParams, tuple[str, ...]]] = [
        (TrainingSetParams(FEATURES, SPLIT), ()),
        (TrainParams(MODEL, task, FEATURES, estimator), (rows,)),
        (EvaluateParams(MODEL, task, FEATURES, ("origin",)), ("train.late", rows)),
        (ProbeParams(MODEL, task, FEATURES), ("train.late", rows)),
        (RegisterParams(MODEL), ("train.late", "evaluate.late")),
        (
            GateParams(MODEL, gates),
            ("register.late", "train.late", "evaluate.late", "probe.late", *more),
        ),
        (promote, ("register.late", "gate.late", "train.late")),
    ]
    steps = [
        Step(f"{params.kind}.late", _fingerprint(params), params, inputs)
        for params, inputs in kinds
    ]
    return Plan("flights", "pipeline.yaml", tuple(steps), ())


def _fingerprint(params: StepParams) -> str:
    """How a version takes over is no part of it, as in real plans."""
    told = params.model if isinstance(params, PromoteParams) else repr(params)
    return _hash(params.kind, told)


@dataclass
class Project:
    """A folder with stores. `ran` holds the kinds that the last run did not find cached."""

    folder: Path
    rows: pa.Table = field(default_factory=lambda: training_table(1500))
    ran: list[str] = field(default_factory=list)
    now: int = 1_000_000

    def __post_init__(self) -> None:
        state = self.folder / "state"
        state.mkdir(parents=True)
        self.store = FolderStore(state / "store")
        self.ledger = SqlLedger(sqlite_url(state / "ledger.sqlite"), self._clock)

    def _clock(self) -> int:
        self.now += 1
        return self.now

    def workspace(self, plan: Plan) -> Workspace:
        state = self.folder / "state"
        online: Any = None
        return Workspace(plan, self.folder, state, state, 0, self.store, self.ledger, online)

    def run(self, plan: Plan, *, with_keys: bool = False) -> dict[str, Value]:
        """Run every step that is not cached; raises what a step raises."""
        self.ran.clear()
        workspace, values = self.workspace(plan), dict[str, Value]()
        for step in plan:
            keys = {step_id: values[step_id].key for step_id in step.inputs}
            key = self._key(step, workspace, keys, with_keys)
            value = self.store.find(key)
            if value is None or not self._holds(value, step, workspace):
                self.ran.append(step.kind)
                given = StepInputs(key, {i: values[i] for i in step.inputs})
                value = self.store.publish(key, self._do(step, given, workspace))
            values[step.id] = value
            self.ledger.record_step("run", step.id, key, "done", {})
        return values

    def _key(
        self, step: Step, workspace: Workspace, keys: Mapping[str, str], with_keys: bool
    ) -> str:
        if step.kind == "training_set":
            told = (self.rows[name].to_string() for name in ("label", "__split"))
            return _hash(step.fingerprint, str(self.rows.num_rows), *told)
        tell: Callable[..., str] | None = getattr(identity_module(step.kind), "identity", None)
        more = (keys,) if with_keys else ()
        identity = tell(step, workspace, *more) if tell else ""
        return _hash(step.fingerprint, *keys.values(), identity)

    def _holds(self, value: Value, step: Step, workspace: Workspace) -> bool:
        check = getattr(identity_module(step.kind), "holds", None)
        return step.kind == "training_set" or check is None or check(value, step, workspace)

    def _do(self, step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
        scratch = self.folder / "scratch" / f"{step.kind}-{len(list(self.folder.rglob('*')))}"
        scratch.mkdir(parents=True)
        if step.kind == "training_set":
            return Yield({"training_set.parquet": write_table(scratch, self.rows)})
        module = step_module(step.kind)
        made: Yield = module.run(step, inputs, replace(workspace, scratch=scratch))
        return made

    def champion(self) -> int | None:
        version = self.ledger.version(MODEL, "champion")
        return version.version if version else None

    def json(self, value: Value, name: str) -> Any:
        import json

        return json.loads(self.store.fetch(value.files[name]).read_text())


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
