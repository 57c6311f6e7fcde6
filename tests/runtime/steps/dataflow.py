"""Run steps one by one on small tables, with the embedded stores."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from onespec.compiler.plan import (
    AggregateProgram,
    Column,
    Feature,
    FieldProgram,
    Plan,
    Program,
    SourceParams,
    SourceTable,
    Step,
    StepParams,
    ViewProgram,
    Window,
)
from onespec.runtime.library import built_in, holds, identity
from onespec.runtime.open import close_workspace, open_workspace
from onespec.runtime.sources.schema_of import schema_of
from onespec.runtime.steps import step_module
from onespec.runtime.value import Value, Yield
from onespec.runtime.workspace import StepInputs, Workspace

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
UTC_MICROS = pa.timestamp("us", "UTC")


def micros(text: str) -> int:
    """An instant as UTC µs."""
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * SECOND + moment.microsecond


def times(values: Iterable[int | None]) -> pa.Array:
    return pa.array(list(values), UTC_MICROS)


def program(sql: str, type: Any = "float", nullable: bool = True) -> Program:
    return Program(sql, sql, None, type, nullable)


class Dataflow:
    """A project of Parquet files, the values made so far, and the run's instant."""

    def __init__(self, folder: Path, as_of: int = 0) -> None:
        self.project = folder / "project"
        self.project.mkdir(parents=True, exist_ok=True)
        self.workspace = open_workspace(
            Plan("p", "s", (), ()), self.project, folder / "state", as_of
        )
        self.values: dict[str, Value] = {}
        self.runs = 0

    def close(self) -> None:
        close_workspace(self.workspace)

    def at(self, as_of: int) -> None:
        self.workspace = replace(self.workspace, as_of=as_of)

    def source(
        self,
        name: str,
        table: pa.Table | Mapping[str, Any],
        event_time: str | None = None,
        created: str | None = None,
    ) -> SourceTable:
        """Write a source and run its step."""
        table = table if isinstance(table, pa.Table) else pa.table(dict(table))
        pq.write_table(table, self.project / f"{name}.parquet")
        path = f"{name}.parquet"
        columns = schema_of(name, path, "parquet", self.project)
        found = SourceTable(name, "parquet", path, columns, event_time, created)
        self.run(f"source.{name}", SourceParams(found))
        return found

    def run(self, step_id: str, params: StepParams, *inputs: str) -> Value:
        """Run a step and publish its value under its key."""
        value, _ = self.resolve(step_id, params, *inputs, run=True)
        assert value is not None
        return value

    def key(self, step_id: str, params: StepParams, *inputs: str) -> str:
        """The key that the step would have now."""
        return self.resolve(step_id, params, *inputs, run=False)[1]

    def resolve(
        self, step_id: str, params: StepParams, *inputs: str, run: bool
    ) -> tuple[Value | None, str]:
        step = Step(step_id, step_id, params, inputs)
        plan = self.workspace.plan
        others = tuple(other for other in plan.steps if other.id != step_id)
        workspace = replace(self.workspace, plan=replace(plan, steps=(*others, step)))
        told = identity(step, {}, workspace, built_in) or ""
        parts = [repr(params), told, [self.values[name].key for name in inputs]]
        key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        if not run:
            return None, key
        self.workspace = workspace
        made = self.make(step, key, workspace)
        self.values[step_id] = workspace.store.publish(key, made)
        return self.values[step_id], key

    def make(self, step: Step, key: str, workspace: Workspace) -> Yield:
        self.runs += 1
        scratch = workspace.state / "scratch" / str(self.runs)
        scratch.mkdir(parents=True)
        inputs = StepInputs(key, {name: self.values[name] for name in step.inputs})
        made = step_module(step.kind).run(step, inputs, replace(workspace, scratch=scratch))
        assert isinstance(made, Yield)
        return made

    def step(self, step_id: str) -> Step:
        return self.workspace.plan.step(step_id)

    def table(self, step_id: str, file: str) -> pa.Table:
        return pq.read_table(self.workspace.file(self.values[step_id], file))

    def holds(self, step_id: str) -> bool:
        step = self.step(step_id)
        return holds(self.values[step_id], step, self.workspace, built_in)


def column(source: SourceTable, name: str) -> Column:
    return next(found for found in source.columns if found.name == name)


def row_view(
    source: SourceTable,
    keys: tuple[str, ...],
    fields: Mapping[str, Program],
    *,
    name: str = "view",
    where: Program | None = None,
    available_after: int = 0,
    ttl: int | None = None,
) -> ViewProgram:
    """A `latest` view, or a `static` one where the source has no event time."""
    return ViewProgram(
        name,
        "static" if source.event_time is None else "latest",
        tuple(Feature(f"{name}.{f}", p.type, True, name, f) for f, p in fields.items()),
        tuple(
            FieldProgram(f, program(f'"_v{i}"', p.type)) for i, (f, p) in enumerate(fields.items())
        ),
        "entity",
        tuple(column(source, key) for key in keys),
        source,
        where,
        tuple((f"_v{i}", p) for i, p in enumerate(fields.values())),
        available_after=available_after,
        ttl=ttl,
    )


def window_view(
    source: SourceTable,
    keys: tuple[str, ...],
    fields: Mapping[str, Program],
    aggregates: tuple[AggregateProgram, ...],
    windows: Mapping[str, int],
    *,
    name: str = "view",
    prepare: Mapping[str, Program] | None = None,
    where: Program | None = None,
    available_after: int = 0,
) -> ViewProgram:
    return ViewProgram(
        name,
        "window",
        tuple(
            Feature(f"{name}.{f}_{w}", p.type, True, name, f, w)
            for f, p in fields.items()
            for w in windows
        ),
        tuple(FieldProgram(f, p) for f, p in fields.items()),
        "entity",
        tuple(column(source, key) for key in keys),
        source,
        where,
        tuple((prepare or {}).items()),
        aggregates,
        tuple(Window(w, length) for w, length in windows.items()),
        available_after=available_after,
    )
