"""The rules that the embedded ledger lives by."""

import sqlite3
from pathlib import Path

import pytest
from servers.where import Where

from onespec.runtime.errors import StoreError
from onespec.runtime.stores.ledger_sql import SqlLedger
from onespec.runtime.stores.sql_engine import write


@pytest.fixture
def where(tmp_path: Path) -> Where:
    return Where(f"sqlite:///{tmp_path / 'ledger.sqlite'}")


def test_what_a_newer_onespec_wrote_is_refused(
    ledger: SqlLedger, where: Where, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    connection.close()
    with pytest.raises(StoreError, match="schema version 99"):
        where.open()


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
