"""A ledger of any earlier version becomes one of the newest: whole, once, and with all it knew.

`ledgers/DATABASE_VERSION.sql` are dumps of ledgers that the onespec of that version wrote, by
`fill`; for PostgreSQL what `pg_dump --no-owner --inserts` says of it.
"""

import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from servers.where import Where
from sqlalchemy import Engine, inspect, select

from onespec.runtime.errors import StoreError
from onespec.runtime.stores import sql_engine
from onespec.runtime.stores.ledger import Alert, LedgerReader
from onespec.runtime.stores.ledger_file import LedgerFile
from onespec.runtime.stores.ledger_sql import SqlLedger
from onespec.runtime.stores.ledger_tables import schema_version
from onespec.runtime.stores.ledger_version import SCHEMA_VERSION
from onespec.runtime.stores.migrations import MIGRATIONS
from onespec.runtime.stores.sql_engine import open_engine, write

EARLIER = range(1, SCHEMA_VERSION)
LEDGERS = Path(__file__).parent / "ledgers"


def fill(ledger: SqlLedger, version: int) -> None:
    """What every version of onespec could say; rollouts from version 2 on."""
    for run in ("one", "two"):
        ledger.start_run(run, "plan", {"spec": "ü", "plan": run})
        states = [("a", "k" + run, "done"), ("b", "kb", "cached"), ("c", "", "failed")]
        ledger.record_steps(run, [(s, k, state, {"seconds": 0.5}) for s, k, state in states])
        ledger.register("m", "value " + run, "evaluation", {"auc": 0.75})
    ledger.finish_run("one", "done")
    ledger.set_alias("m", "champion", 1, why="better")
    ledger.add_alert(Alert("watch", 5, "warn", "drift", {"psi": 0.3}, 6))
    ledger.audit("promoted", "m@1", {"model": "m"})
    if version >= 2:
        ledger.begin_rollout("api", "m", 2, (0.1, 1.0), {"why": "passed"})


# Instants are left out: in version 1 each step of a run had one of its own.
TIMES = frozenset({"at", "recorded", "started", "finished", "created", "began", "moved"})


def known(ledger: LedgerReader) -> dict[str, Any]:
    """All that a ledger knows, by name."""

    def plain(item: Any) -> dict[str, Any]:
        names = item if isinstance(item, dict) else item.__dataclass_fields__
        read = item.__getitem__ if isinstance(item, dict) else lambda name: getattr(item, name)
        return {name: read(name) for name in names if name not in TIMES}

    told = {
        "runs": ledger.runs(),
        "steps": [step for run in ("one", "two") for step in ledger.run_steps(run)],
        "versions": ledger.versions(),
        "rollouts": ledger.rollouts(),
        "alerts": ledger.alerts(),
        "audit": ledger.audit_log(),
    }
    assert all(told[name] for name in told if name != "rollouts")
    return {name: [plain(item) for item in items] for name, items in told.items()}


def load(where: Where, version: int) -> None:
    """Put the dump of that version into the empty database."""
    if where.url.startswith("sqlite"):
        with sqlite3.connect(where.url.removeprefix("sqlite:///")) as db:
            db.executescript((LEDGERS / f"sqlite_{version}.sql").read_text("utf-8"))
        db.close()
        return
    engine = open_engine(where.url, where.password)
    script = (LEDGERS / f"postgresql_{version}.sql").read_text("utf-8")
    write(engine, lambda connection: connection.connection.cursor().execute(script))
    engine.dispose()


def shape(engine: Engine) -> dict[str, Any]:
    """Tables, columns in their order, keys and indexes, as the database tells them."""
    look = inspect(engine)

    def told(items: Any) -> list[str]:
        return sorted(str(sorted(item.items(), key=str)) for item in items)

    return {
        table: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"], c.get("default"))
                for c in look.get_columns(table)
            ],
            "key": look.get_pk_constraint(table)["constrained_columns"],
            "unique": told(look.get_unique_constraints(table)),
            "references": told(look.get_foreign_keys(table)),
            "indexes": told(look.get_indexes(table)),
        }
        for table in sorted(look.get_table_names())
    }


@pytest.fixture
def fresh(where: Where, tmp_path: Path, request: pytest.FixtureRequest) -> Where:
    """Another, empty database beside `where`."""
    if where.password is None:
        return Where(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    return Where(request.getfixturevalue("postgresql").database(), where.password)


@pytest.mark.parametrize("version", EARLIER)
def test_an_earlier_ledger_is_brought_up_to_date(version: int, where: Where, fresh: Where) -> None:
    load(where, version)
    old, new = where.open(), fresh.open()
    fill(new, version)
    assert known(old) == known(new)
    assert shape(old._engine) == shape(new._engine)
    assert old.register("m", "value three", "evaluation", {}).version == 3
    old.audit("told", "after", {})
    assert old.begin_rollout("api", "m", 3, (0.5, 1.0), {}) is not None
    for ledger in (old, new):
        ledger.close()


def test_every_version_has_its_step_and_its_ledgers() -> None:
    assert len(MIGRATIONS) == SCHEMA_VERSION - 1
    steps = sorted(
        file.name[:5] for file in LEDGERS.parents[3].glob("runtime/stores/migrations/v*")
    )
    assert steps == [f"v{version:04}" for version in EARLIER[1:]] + [f"v{SCHEMA_VERSION:04}"]
    held = {f"{database}_{v}.sql" for database in ("sqlite", "postgresql") for v in EARLIER}
    assert {file.name for file in LEDGERS.iterdir()} == held


@pytest.mark.parametrize("version", EARLIER)
def test_a_glance_at_an_earlier_ledger_changes_nothing(version: int, tmp_path: Path) -> None:
    where = Where(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    load(where, version)
    before = (tmp_path / "ledger.sqlite").read_bytes()
    file = LedgerFile(tmp_path / "ledger.sqlite")
    told = known(file)
    file.close()
    assert (tmp_path / "ledger.sqlite").read_bytes() == before
    ledger = where.open()
    assert told == known(ledger)
    ledger.close()


@pytest.mark.parametrize("version", [None, 1])
def test_several_who_open_it_at_once_migrate_it_once(
    version: int | None, where: Where, fresh: Where
) -> None:
    if version is not None:
        load(where, version)
    processes = [where.run("ledger.audit('opened', sys.argv[1], {})", n) for n in range(3)]
    told = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 3, told
    ledger, other = where.open(), fresh.open()
    opened = [row["subject"] for row in ledger.audit_log() if row["action"] == "opened"]
    assert sorted(opened) == list("012")
    assert shape(ledger._engine) == shape(other._engine)
    ledger.close()
    other.close()


def test_a_migration_that_fails_leaves_what_was_there(
    where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(where, 1)
    engine = open_engine(where.url, where.password)
    before = shape(engine)

    def fails(_: object) -> None:
        raise KeyboardInterrupt

    def half(connection: Any) -> None:
        MIGRATIONS[1](connection)
        fails(connection)

    with monkeypatch.context() as patch:
        planted = (MIGRATIONS[0], half)
        patch.setattr("onespec.runtime.stores.ledger_schema.MIGRATIONS", planted)
        with pytest.raises(KeyboardInterrupt):
            where.open()
    assert shape(engine) == before
    engine.dispose()
    ledger = where.open()
    assert [v.version for v in ledger.versions()] == [2, 1]
    ledger.close()


# Each child is killed at its LIMIT-th write, which is the n-th of its migration: before it, it
# writes nothing to nowhere. So one strace and one start of Python do for all.
LIMIT = 36
OPEN_EACH = """
import os, sys
from onespec.runtime.stores.ledger_sql import SqlLedger
nowhere = os.open(os.devnull, os.O_WRONLY)
for number, url in enumerate(sys.argv[2:], 1):
    child = os.fork()
    if child == 0:
        for _ in range(int(sys.argv[1]) - number):
            os.pwrite(nowhere, b"", 0)
        SqlLedger(url, lambda: 1).close()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_migration_that_is_killed_at_any_write_is_made_by_the_next(tmp_path: Path) -> None:
    """SQLite, killed at its 1st, 2nd, … write, until one gets through."""
    ledgers = [Where(f"sqlite:///{tmp_path / str(n)}") for n in range(1, LIMIT)]
    for where in ledgers:
        load(where, 1)
    calls = "pwrite64,ftruncate"
    trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}"]
    fault = ["-e", f"inject={calls}:signal=SIGKILL:when={LIMIT}"]
    program = [sys.executable, "-c", OPEN_EACH, str(LIMIT), *(where.url for where in ledgers)]
    done = subprocess.run([*trace, *fault, *program], check=True, capture_output=True, text=True)
    ends = [int(line) for line in done.stdout.splitlines()]
    kills = ends.index(0)
    assert ends == [-signal.SIGKILL] * kills + [0] * (len(ledgers) - kills)
    assert kills >= 10
    for where in ledgers[: kills + 1]:
        file = LedgerFile(Path(where.url.removeprefix("sqlite:///")))
        assert [v.version for v in file.versions()] == [2, 1]
        file.close()
        ledger = where.open()
        assert ledger.begin_rollout("api", "m", 2, (0.5, 1.0), {}) is not None
        ledger.close()


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1, 99])
def test_what_no_onespec_or_a_newer_one_wrote_is_refused(version: int, where: Where) -> None:
    where.open().close()
    engine = open_engine(where.url, where.password)
    statement = f"UPDATE schema_version SET version = {version}"
    write(engine, lambda connection: connection.exec_driver_sql(statement))
    for _ in range(2):
        with pytest.raises(StoreError, match=f"schema version {version}") as caught:
            where.open()
    assert "newer onespec" in caught.value.remedy
    told = write(engine, lambda connection: connection.scalar(select(schema_version.c.version)))
    assert told == version
    engine.dispose()
    if where.password is None:
        with pytest.raises(StoreError, match=f"schema version {version}"):
            LedgerFile(Path(where.url.removeprefix("sqlite:///")))


def test_what_is_told_the_audit_log_is_there_once_though_the_answer_was_lost(
    where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = where.open()
    commit, lost = ledger._engine.dialect.do_commit, list[bool]()

    def commit_and_lose(connection: Any) -> None:
        commit(connection)
        if not lost:
            lost.append(True)
            raise ledger._engine.dialect.dbapi.OperationalError("database is locked")  # type: ignore[union-attr]

    monkeypatch.setattr(sql_engine, "unreachable", lambda *_: True)
    monkeypatch.setattr(ledger._engine.dialect, "do_commit", commit_and_lose)
    ledger.audit("told", "once", {})
    assert lost
    assert [row["subject"] for row in ledger.audit_log()] == ["once"]
    ledger.close()
