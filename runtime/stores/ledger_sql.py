"""The ledger in a SQL database: SQLite by default, PostgreSQL by URI."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Select, func, select

from ..errors import StoreError
from .ledger import Alert, ModelVersion, RolloutRecord, RunRecord, StepRecord
from .ledger_moves import Moves
from .ledger_schema import migrate, schema_found
from .ledger_tables import (
    alerts,
    aliases,
    audit_log,
    model_versions,
    runs,
    steps,
)
from .ledger_version import SCHEMA_VERSION, check_schema_version
from .sql_engine import alter, lone_writer, open_engine, read, write
from .sql_upsert import put_newest, put_once

DONE_STATES = ("done", "cached")

Rows = Sequence[Mapping[str, Any]]
T = TypeVar("T")


class SqlLedger:
    """A `Ledger`. `clock` gives the instant of each record (UTC µs)."""

    def __init__(
        self, url: str | URL, clock: Callable[[], int], *, password: str | None = None
    ) -> None:
        self._engine = open_engine(url, password)
        self._clock = clock
        self._prepare()

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def start_run(self, run_id: str, plan_name: str, facts: Mapping[str, Any]) -> None:
        row: dict[str, Any] = {"run_id": run_id, "plan_name": plan_name, "facts": dict(facts)}
        row |= {"state": "running", "started": self._clock()}
        write(self._engine, lambda connection: put_once(connection, runs, row))

    def finish_run(self, run_id: str, state: str) -> None:
        statement = (
            runs.update().where(runs.c.run_id == run_id).values(state=state, finished=self._clock())
        )
        write(self._engine, lambda connection: connection.execute(statement))

    def record_step(
        self, run_id: str, step_id: str, key: str, state: str, facts: Mapping[str, Any]
    ) -> None:
        self.record_steps(run_id, [(step_id, key, state, facts)])

    def record_steps(
        self, run_id: str, records: Sequence[tuple[str, str, str, Mapping[str, Any]]]
    ) -> None:
        if not records:
            return

        names = ("step_id", "key", "state", "facts")
        now = self._clock()
        rows = [
            {**dict(zip(names, record, strict=True)), "run_id": run_id, "recorded": now}
            for record in records
        ]
        write(self._engine, lambda connection: put_newest(connection, steps, rows))

    def last_key(self, step_id: str) -> str | None:
        record = self.last_step(step_id)
        return record.key if record else None

    def last_step(self, step_id: str) -> StepRecord | None:
        query = (
            select(steps)
            .where(steps.c.step_id == step_id, steps.c.state.in_(DONE_STATES))
            .order_by(steps.c.recorded.desc(), steps.c.number.desc())
            .limit(1)
        )
        return next((_step_record(row) for row in self._query(query)), None)

    def history(self, step_id: str, limit: int) -> Sequence[StepRecord]:
        query = (
            select(steps)
            .where(steps.c.step_id == step_id, steps.c.state == "done")
            .order_by(steps.c.recorded.desc(), steps.c.number.desc())
            .limit(limit)
        )
        return [_step_record(row) for row in self._query(query)]

    def run(self, run_id: str) -> RunRecord | None:
        query = select(runs).where(runs.c.run_id == run_id)
        return next((RunRecord(**row) for row in self._query(query)), None)

    def runs(self, limit: int = 100) -> Sequence[RunRecord]:
        query = select(runs).order_by(runs.c.started.desc(), runs.c.run_id).limit(limit)
        return [RunRecord(**row) for row in self._query(query)]

    def run_steps(self, run_id: str) -> Sequence[StepRecord]:
        query = select(steps).where(steps.c.run_id == run_id).order_by(steps.c.number)
        return [_step_record(row) for row in self._query(query)]

    def register(
        self, model: str, value_key: str, evaluation_key: str, facts: Mapping[str, Any]
    ) -> ModelVersion:
        def insert(connection: Connection) -> ModelVersion:
            lone_writer(connection, model_versions)
            same = (model_versions.c.model == model) & (model_versions.c.value_key == value_key)
            known = _versions(connection, same)
            if known:
                return self._describe(connection, known[0], evaluation_key, facts)
            newest = select(func.max(model_versions.c.version))
            last = connection.execute(newest.where(model_versions.c.model == model)).scalar()
            number, now = (last or 0) + 1, self._clock()
            row = {"model": model, "version": number, "value_key": value_key, "created": now}
            connection.execute(
                model_versions.insert().values(
                    **row, evaluation_key=evaluation_key, facts=dict(facts)
                )
            )
            self._append(connection, "register", f"{model}@{number}", {"value_key": value_key})
            return _versions(connection, same)[0]

        return write(self._engine, insert)

    def _describe(
        self,
        connection: Connection,
        known: ModelVersion,
        evaluation_key: str,
        facts: Mapping[str, Any],
    ) -> ModelVersion:
        """The same model, judged or described anew: its version says what is known now."""
        if (known.evaluation_key, known.facts) == (evaluation_key, dict(facts)):
            return known
        same = (model_versions.c.model == known.model) & (model_versions.c.version == known.version)
        told = {"evaluation_key": evaluation_key, "facts": dict(facts)}
        connection.execute(model_versions.update().where(same).values(**told))
        subject = f"{known.model}@{known.version}"
        self._append(connection, "describe", subject, {"evaluation_key": evaluation_key})
        return _versions(connection, same)[0]

    def versions(self, model: str | None = None) -> Sequence[ModelVersion]:
        chosen = model_versions.c.model == model if model is not None else None
        return read(self._engine, lambda connection: _versions(connection, chosen))

    def version(self, model: str, which: str) -> ModelVersion | None:
        return next(
            (v for v in self.versions(model) if which in v.aliases or which == str(v.version)), None
        )

    def set_alias(self, model: str, alias: str, version: int, *, why: str) -> None:
        if not alias or alias.isdigit():
            raise StoreError(f"{alias!r} cannot be an alias: it would read as a version number")
        self._move(lambda moves: moves.set_alias(model, alias, version, why))

    def drop_alias(self, model: str, alias: str, *, why: str) -> None:
        self._move(lambda moves: moves.drop_alias(model, alias, why))

    def begin_rollout(
        self,
        endpoint: str,
        model: str,
        version: int,
        steps: Sequence[float],
        facts: Mapping[str, Any],
        *,
        again: bool = False,
    ) -> RolloutRecord | None:
        return self._move(
            lambda moves: moves.begin(endpoint, model, version, steps, facts, again=again)
        )

    def advance_rollout(self, number: int, stage: int, *, why: str) -> RolloutRecord:
        return self._move(lambda moves: moves.advance(number, stage, why))

    def abort_rollout(self, number: int, *, why: str) -> RolloutRecord:
        return self._move(lambda moves: moves.abort(number, why))

    def rollouts(self, endpoint: str | None = None) -> Sequence[RolloutRecord]:
        return read(self._engine, lambda c: Moves(c, self._clock).rollouts(endpoint))

    def _move(self, action: Callable[[Moves], T]) -> T:
        def move(connection: Connection) -> T:
            lone_writer(connection, model_versions)
            return action(Moves(connection, self._clock))

        return write(self._engine, move)

    def add_alert(self, alert: Alert) -> bool:
        row = {name: getattr(alert, name) for name in Alert.__dataclass_fields__}
        row["evidence"] = dict(alert.evidence)
        return write(self._engine, lambda connection: put_once(connection, alerts, row))

    def alerts(self, monitor: str | None = None) -> Sequence[Alert]:
        query = select(*(alerts.c[name] for name in Alert.__dataclass_fields__))
        query = query.order_by(alerts.c.window_end.desc(), alerts.c.number.desc())
        if monitor is not None:
            query = query.where(alerts.c.monitor == monitor)
        return [Alert(**row) for row in self._query(query)]

    def audit(self, action: str, subject: str, facts: Mapping[str, Any]) -> None:
        # A connection that is lost while it commits leaves open whether it did: it is said again,
        # under the same key.
        row = {"at": self._clock(), "action": action, "subject": subject, "facts": dict(facts)}
        row["once"] = uuid.uuid4().hex
        write(self._engine, lambda connection: put_once(connection, audit_log, row))

    def audit_log(self, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        told = [column for column in audit_log.c if column is not audit_log.c.once]
        return self._query(select(*told).order_by(audit_log.c.number.desc()).limit(limit))

    def _append(
        self, connection: Connection, action: str, subject: str, facts: Mapping[str, Any]
    ) -> None:
        Moves(connection, self._clock).append(action, subject, facts)

    def _query(self, query: Select[Any]) -> Rows:
        return read(self._engine, lambda connection: _rows(connection, query))

    def _prepare(self) -> None:
        """Make the tables, or bring them to the newest schema."""
        found = read(self._engine, schema_found)
        if found is None or found < SCHEMA_VERSION:
            found = alter(self._engine, migrate)
        check_schema_version(found)


def _rows(connection: Connection, query: Select[Any]) -> Rows:
    return [dict(row._mapping) for row in connection.execute(query)]


def _versions(connection: Connection, chosen: Any) -> list[ModelVersion]:
    order = (
        model_versions.c.created.desc(),
        model_versions.c.version.desc(),
        model_versions.c.model,
    )
    query = select(model_versions).order_by(*order)
    named = select(aliases.c.model, aliases.c.version, aliases.c.alias).order_by(aliases.c.alias)
    names: dict[tuple[str, int], tuple[str, ...]] = {}
    for model, version, alias in connection.execute(named):
        names[model, version] = (*names.get((model, version), ()), alias)
    rows = _rows(connection, query if chosen is None else query.where(chosen))
    return [
        ModelVersion(**row, aliases=names.get((row["model"], row["version"]), ())) for row in rows
    ]


def _step_record(row: Mapping[str, Any]) -> StepRecord:
    return StepRecord(**{name: row[name] for name in StepRecord.__dataclass_fields__})
