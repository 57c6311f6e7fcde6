"""The embedded ledger, read without SQLAlchemy: importing that takes longer than a whole plan."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ..errors import StoreError
from .ledger import Alert, ModelVersion, RolloutRecord, RunRecord, StepRecord
from .ledger_version import BEFORE_ROLLOUTS, check_schema_version

T = TypeVar("T")

_LAST_STEP = """
    SELECT * FROM steps WHERE step_id = ? AND state IN ('done', 'cached')
    ORDER BY recorded DESC, number DESC LIMIT 1"""
_HISTORY = """
    SELECT * FROM steps WHERE step_id = ? AND state = 'done'
    ORDER BY recorded DESC, number DESC LIMIT ?"""
_VERSIONS = """
    SELECT * FROM model_versions WHERE ?1 IS NULL OR model = ?1
    ORDER BY created DESC, version DESC, model"""
_ROLLOUTS = """
    SELECT * FROM rollouts WHERE ?1 IS NULL OR endpoint = ?1 ORDER BY number DESC"""
_ALERTS = """
    SELECT * FROM alerts WHERE ?1 IS NULL OR monitor = ?1
    ORDER BY window_end DESC, number DESC"""


class LedgerFile:
    """A `LedgerReader` on the SQLite file. Where there is none, nothing was ever remembered."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._has_rollouts = True
        self._versions: dict[str | None, list[ModelVersion]] = {}
        if path.is_file():
            self._db = self._connect("ro")
            self._check()

    def _connect(self, mode: str) -> sqlite3.Connection:
        address = f"{self._path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(address, uri=True, timeout=30)

    def close(self) -> None:
        """Let go of the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def last_key(self, step_id: str) -> str | None:
        record = self.last_step(step_id)
        return record.key if record else None

    def last_step(self, step_id: str) -> StepRecord | None:
        return next(iter(self._read(StepRecord, _LAST_STEP, step_id)), None)

    def history(self, step_id: str, limit: int) -> Sequence[StepRecord]:
        return self._read(StepRecord, _HISTORY, step_id, limit)

    def run(self, run_id: str) -> RunRecord | None:
        query = "SELECT * FROM runs WHERE run_id = ?"
        return next(iter(self._read(RunRecord, query, run_id)), None)

    def runs(self, limit: int = 100) -> Sequence[RunRecord]:
        query = "SELECT * FROM runs ORDER BY started DESC, run_id LIMIT ?"
        return self._read(RunRecord, query, limit)

    def run_steps(self, run_id: str) -> Sequence[StepRecord]:
        query = "SELECT * FROM steps WHERE run_id = ? ORDER BY number"
        return self._read(StepRecord, query, run_id)

    def versions(self, model: str | None = None) -> Sequence[ModelVersion]:
        """Read once: a reader lives as long as one prediction."""
        if model not in self._versions:
            self._versions[model] = list(self._read_versions(model))
        return self._versions[model]

    def version(self, model: str, which: str) -> ModelVersion | None:
        return next(
            (v for v in self.versions(model) if which in v.aliases or which == str(v.version)), None
        )

    def rollouts(self, endpoint: str | None = None) -> Sequence[RolloutRecord]:
        if not self._has_rollouts:
            return []
        found = self._read(RolloutRecord, _ROLLOUTS, endpoint)
        return [replace(one, steps=tuple(one.steps)) for one in found]

    def alerts(self, monitor: str | None = None) -> Sequence[Alert]:
        return self._read(Alert, _ALERTS, monitor)

    def audit_log(self, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        query = """
            SELECT number, at, action, subject, facts FROM audit_log ORDER BY number DESC LIMIT ?"""
        return self._rows(query, limit)

    def _read_versions(self, model: str | None) -> Sequence[ModelVersion]:
        names: dict[tuple[str, int], tuple[str, ...]] = {}
        for row in self._rows("SELECT * FROM aliases ORDER BY alias"):
            at = row["model"], row["version"]
            names[at] = (*names.get(at, ()), row["alias"])
        return [
            ModelVersion(**row, aliases=names.get((row["model"], row["version"]), ()))
            for row in self._rows(_VERSIONS, model)
        ]

    def _read(self, kind: type[T], query: str, *values: Any) -> list[T]:
        names = kind.__dataclass_fields__  # type: ignore[attr-defined]
        return [kind(**{name: row[name] for name in names}) for row in self._rows(query, *values)]

    def _check(self) -> None:
        query = "SELECT name FROM sqlite_master WHERE name = 'schema_version'"
        try:
            found = self._rows(query)
        except StoreError as error:
            # A writer was killed while it made the file: SQLite has to roll back what it left.
            code = getattr(error.__cause__, "sqlite_errorcode", 0)
            if code & 0xFF != sqlite3.SQLITE_READONLY:
                raise
            self.close()
            self._db = self._connect("rw")
            found = self._rows(query)
        if not found:  # made, and killed before its tables were
            self.close()
            return
        for row in self._rows("SELECT version FROM schema_version"):
            check_schema_version(row["version"])
            self._has_rollouts = row["version"] != BEFORE_ROLLOUTS

    def _rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        if self._db is None:
            return []
        try:
            cursor = self._db.execute(query, values)
            names = [column[0] for column in cursor.description]
            return [_row(names, row) for row in cursor]
        except sqlite3.Error as error:
            raise StoreError(
                f"the ledger cannot be read: {error}",
                remedy=f"check the file {self._path.name} and its rights",
            ) from error


def _row(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    cells = dict(zip(names, row, strict=True))
    return {
        n: json.loads(c) if n in ("facts", "evidence", "steps") else c for n, c in cells.items()
    }
