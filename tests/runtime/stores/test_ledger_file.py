"""The ledger read without SQLAlchemy: it says the same as the ledger itself."""

from itertools import count
from pathlib import Path

import pytest

from onespec.runtime.errors import StoreError
from onespec.runtime.stores.ledger import Alert
from onespec.runtime.stores.ledger_file import LedgerFile
from onespec.runtime.stores.ledger_sql import SqlLedger
from onespec.runtime.stores.sql_engine import sqlite_url


@pytest.fixture
def ledger(tmp_path: Path) -> SqlLedger:
    ticks = count(1)
    made = SqlLedger(sqlite_url(tmp_path / "ledger.sqlite"), lambda: next(ticks))
    for run in ("one", "two", "three"):
        made.start_run(run, "plan", {"spec": "ü", "plan": run})
        states = [("a", "k" + run, "done"), ("b", "kb", "cached"), ("c", "", "failed")]
        made.record_steps(run, [(s, k, state, {"seconds": 0.5}) for s, k, state in states])
        made.register("m", "value " + run, "evaluation", {"auc": 0.75})
    made.finish_run("one", "done")
    made.set_alias("m", "champion", 2, why="best")
    made.set_alias("m", "challenger", 2, why="best")
    made.add_alert(Alert("watch", 5, "warn", "drift", {"psi": 0.3}, 6))
    return made


def test_both_readers_say_the_same(ledger: SqlLedger, tmp_path: Path) -> None:
    file = LedgerFile(tmp_path / "ledger.sqlite")
    for step in ("a", "b", "c", "d"):
        assert file.last_step(step) == ledger.last_step(step)
        assert file.last_key(step) == ledger.last_key(step)
        assert file.history(step, 2) == ledger.history(step, 2)
    assert [r.key for r in file.history("a", 2)] == ["kthree", "ktwo"]
    assert not file.history("b", 2)
    for run in ("one", "three", "none"):
        assert file.run(run) == ledger.run(run)
        assert file.run_steps(run) == ledger.run_steps(run)
    assert file.runs(2) == ledger.runs(2)
    for model in (None, "m", "n"):
        assert file.versions(model) == ledger.versions(model)
    for which in ("champion", "3", "nobody"):
        assert file.version("m", which) == ledger.version("m", which)
    for monitor in (None, "watch", "other"):
        assert file.alerts(monitor) == ledger.alerts(monitor)
    assert file.audit_log(3) == ledger.audit_log(3)
    file.close()


def test_what_another_process_is_writing_is_seen_when_it_is_committed(
    ledger: SqlLedger, tmp_path: Path
) -> None:
    file = LedgerFile(tmp_path / "ledger.sqlite")
    ledger.record_step("three", "d", "kd", "done", {})
    assert file.last_key("d") == "kd"
    file.close()


def test_without_a_file_nothing_is_remembered_and_nothing_made(tmp_path: Path) -> None:
    file = LedgerFile(tmp_path / "ledger.sqlite")
    assert (file.last_key("a"), file.runs(), file.versions()) == (None, [], [])
    assert not list(tmp_path.iterdir())


def test_what_is_no_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("no database at all, but long enough for a header")
    with pytest.raises(StoreError, match="cannot be read"):
        LedgerFile(tmp_path / "ledger.sqlite")
