"""The SQL ledger: contiguous versions, idempotent mutations, nothing acknowledged is lost."""

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from onespec.runtime.errors import StoreError
from onespec.runtime.stores.ledger import Alert
from onespec.runtime.stores.ledger_sql import SqlLedger
from onespec.runtime.stores.sql_engine import sqlite_url, write


def opened(path: Path) -> SqlLedger:
    ticks = itertools.count(1)
    return SqlLedger(sqlite_url(path), lambda: next(ticks))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    ledger = opened(tmp_path / "ledger.sqlite")
    yield ledger
    ledger.close()


def test_versions_are_contiguous_and_idempotent(ledger: SqlLedger) -> None:
    first = ledger.register("m", "a", "e", {"auc": 0.7})
    assert (first.version, first.aliases, first.facts) == (1, (), {"auc": 0.7})
    assert ledger.register("m", "b", "e", {}).version == 2
    assert ledger.register("m", "a", "e", {"auc": 0.7}) == first
    assert ledger.register("other", "a", "e", {}).version == 1
    assert [v.version for v in ledger.versions("m")] == [2, 1]
    assert [(v.model, v.version) for v in ledger.versions()] == [("other", 1), ("m", 2), ("m", 1)]


def test_an_alias_moves_and_the_audit_log_tells(ledger: SqlLedger) -> None:
    ledger.register("m", "a", "e", {})
    ledger.register("m", "b", "e", {})
    ledger.set_alias("m", "champion", 1, why="first")
    ledger.set_alias("m", "champion", 2, why="better")
    ledger.set_alias("m", "champion", 2, why="again")
    ledger.set_alias("m", "old", 1, why="kept")
    champion = ledger.version("m", "champion")
    assert champion is not None
    assert (champion.version, champion.aliases) == (2, ("champion",))
    assert ledger.version("m", "1") == ledger.version("m", "old")
    assert ledger.version("m", "3") is None
    told = [(r["subject"], r["facts"]) for r in ledger.audit_log() if r["action"] == "set_alias"]
    assert told == [
        ("m@old", {"from": None, "to": 1, "why": "kept"}),
        ("m@champion", {"from": 1, "to": 2, "why": "better"}),
        ("m@champion", {"from": None, "to": 1, "why": "first"}),
    ]
    with pytest.raises(StoreError, match="has no version 9"):
        ledger.set_alias("m", "champion", 9, why="wrong")
    with pytest.raises(StoreError, match="cannot be an alias"):
        ledger.set_alias("m", "7", 1, why="wrong")


def test_runs_and_steps(ledger: SqlLedger) -> None:
    ledger.start_run("r1", "p", {"spec": "s"})
    ledger.start_run("r1", "p", {"spec": "other"})
    ledger.record_step("r1", "train", "k1", "running", {})
    assert ledger.last_key("train") is None
    ledger.record_step("r1", "train", "k1", "done", {"seconds": 1})
    ledger.record_step("r1", "gate", "k2", "failed", {})
    ledger.finish_run("r1", "failed")
    ledger.start_run("r2", "p", {})
    ledger.record_step("r2", "train", "k3", "cached", {})
    assert ledger.last_key("train") == "k3"
    assert ledger.last_key("gate") is None
    assert [(s.step_id, s.state) for s in ledger.run_steps("r1")] == [
        ("train", "done"),
        ("gate", "failed"),
    ]
    assert [(r.run_id, r.state, r.finished is None) for r in ledger.runs()] == [
        ("r2", "running", True),
        ("r1", "failed", False),
    ]
    assert ledger.runs()[1].facts == {"spec": "s"}


def test_one_alert_a_monitor_and_window(ledger: SqlLedger) -> None:
    alert = Alert("m", 100, "alert", "drift", {"psi": 0.3}, 5)
    assert ledger.add_alert(alert)
    assert not ledger.add_alert(Alert("m", 100, "warn", "again", {}, 6))
    assert ledger.add_alert(Alert("m", 200, "warn", "later", {}, 7))
    assert ledger.add_alert(Alert("n", 100, "warn", "other", {}, 8))
    assert ledger.alerts("m")[1] == alert
    assert [a.window_end for a in ledger.alerts("m")] == [200, 100]
    assert len(ledger.alerts()) == 3


def test_what_a_newer_onespec_wrote_is_refused(ledger: SqlLedger, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    connection.close()
    with pytest.raises(StoreError, match="schema version 99"):
        opened(tmp_path / "ledger.sqlite")


def test_the_rules_are_set(ledger: SqlLedger) -> None:
    with ledger._engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragma == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000,
    }  # fmt: skip


def test_a_writer_is_alone_before_it_has_written(ledger: SqlLedger, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "ledger.sqlite", timeout=0)

    def attempt(_: object) -> None:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")

    write(ledger._engine, attempt)
    other.execute("BEGIN IMMEDIATE")
    other.close()


REGISTER = """
import sys, time
from pathlib import Path
from onespec.runtime.stores.ledger_sql import SqlLedger
from onespec.runtime.stores.sql_engine import sqlite_url
path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ledger = SqlLedger(sqlite_url(path), lambda: time.time_ns() // 1000)
for number in range(count):
    # Every second key is one that all processes register.
    key = f"shared-{number}" if number % 2 else f"{name}-{number}"
    version = ledger.register("m", key, "e", {})
    ledger.set_alias("m", "champion", version.version, why=name)
    print(key, version.version, flush=True)
"""


def registrars(path: Path, count: int, names: str) -> list[subprocess.Popen[str]]:
    return [
        subprocess.Popen(
            [sys.executable, "-c", REGISTER, str(path), name, str(count)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]


def test_what_is_known_of_a_version_is_what_was_said_last(ledger: SqlLedger) -> None:
    """The same model, evaluated or profiled anew, keeps its number and its alias."""
    ledger.register("m", "value", "evaluated", {"profile_key": "old"})
    ledger.set_alias("m", "champion", 1, why="test")
    again = ledger.register("m", "value", "evaluated again", {"profile_key": "new"})
    assert (again.version, again.evaluation_key) == (1, "evaluated again")
    assert (again.facts["profile_key"], again.aliases) == ("new", ("champion",))
    assert ledger.audit_log()[0]["action"] == "describe"


def test_concurrent_processes_register_contiguous_versions(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    told: dict[str, set[str]] = {}
    for writer in registrars(path, 50, "abcd"):
        out, error = writer.communicate(timeout=120)
        assert writer.returncode == 0, error
        for line in out.splitlines():
            key, version = line.split()
            told.setdefault(key, set()).add(version)
    assert all(len(versions) == 1 for versions in told.values())
    ledger = opened(path)
    versions = sorted(v.version for v in ledger.versions("m"))
    ledger.close()
    # 4 x 25 keys of their own, and 25 that they share.
    assert versions == list(range(1, 126))
    assert {v for (v,) in told.values()} == {str(v) for v in versions}


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    acknowledged: dict[str, int] = {}
    for number, lines in enumerate([1, 3, 7, 12, 20]):
        (writer,) = registrars(path, 1000, str(number))
        assert writer.stdout is not None
        for _ in range(lines):
            key, version = writer.stdout.readline().split()
            acknowledged[key] = int(version)
        os.kill(writer.pid, signal.SIGKILL)
        # What it still said before it died was acknowledged, too.
        for line in writer.communicate()[0].splitlines(keepends=True):
            if line.endswith("\n"):
                key, version = line.split()
                acknowledged[key] = int(version)
    ledger = opened(path)
    found = {v.value_key: v.version for v in ledger.versions("m")}
    ledger.close()
    assert acknowledged.items() <= found.items()
    assert sorted(found.values()) == list(range(1, len(found) + 1))
