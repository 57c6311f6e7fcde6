"""The SQL ledger: contiguous versions, idempotent mutations, nothing acknowledged is lost."""

import os
import signal

import pytest
from servers.where import Where

from onespec.runtime.errors import StoreError
from onespec.runtime.stores.ledger import Alert
from onespec.runtime.stores.ledger_sql import SqlLedger


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


REGISTER = """
from onespec.runtime.stores.ledger import Alert
name, count = sys.argv[1], int(sys.argv[2])
ledger.start_run("shared", "plan", {})
for number in range(count):
    # Every second key is one that all processes register.
    key = f"shared-{number}" if number % 2 else f"{name}-{number}"
    version = ledger.register("m", key, "e", {})
    ledger.set_alias("m", "champion", version.version, why=name)
    ledger.record_step("shared", f"{name}-{number % 7}", key, "running", {})
    ledger.add_alert(Alert("monitor", number, "warn", name, {}, 0))
    print(key, version.version, flush=True)
"""


def test_what_is_known_of_a_version_is_what_was_said_last(ledger: SqlLedger) -> None:
    """The same model, evaluated or profiled anew, keeps its number and its alias."""
    ledger.register("m", "value", "evaluated", {"profile_key": "old"})
    ledger.set_alias("m", "champion", 1, why="test")
    again = ledger.register("m", "value", "evaluated again", {"profile_key": "new"})
    assert (again.version, again.evaluation_key) == (1, "evaluated again")
    assert (again.facts["profile_key"], again.aliases) == ("new", ("champion",))
    assert ledger.audit_log()[0]["action"] == "describe"


def test_concurrent_processes_write_as_if_one_after_the_other(where: Where) -> None:
    told: dict[str, set[str]] = {}
    for writer in [where.run(REGISTER, name, 50) for name in "abcd"]:
        out, error = writer.communicate(timeout=120)
        assert writer.returncode == 0, error
        for line in out.splitlines():
            key, version = line.split()
            told.setdefault(key, set()).add(version)
    assert all(len(versions) == 1 for versions in told.values())
    ledger = where.open()
    versions = sorted(v.version for v in ledger.versions("m"))
    moves = [row["facts"] for row in ledger.audit_log(1000) if row["action"] == "set_alias"]
    windows = sorted(alert.window_end for alert in ledger.alerts())
    steps = sorted(step.step_id for step in ledger.run_steps("shared"))
    assert len(ledger.runs()) == 1
    ledger.close()
    # 4 x 25 keys of their own, and 25 that they share.
    assert versions == list(range(1, 126))
    assert {v for (v,) in told.values()} == {str(v) for v in versions}
    # Each move of the alias began where the one before it had ended.
    assert [move["from"] for move in moves] == [*(move["to"] for move in moves[1:]), None]
    assert windows == list(range(50))
    assert steps == sorted(f"{name}-{number}" for name in "abcd" for number in range(7))


def test_what_was_acknowledged_survives_kill_9(where: Where) -> None:
    acknowledged: dict[str, int] = {}
    for number, lines in enumerate([1, 3, 7, 12, 20]):
        writer = where.run(REGISTER, number, 1000)
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
    ledger = where.open()
    found = {v.value_key: v.version for v in ledger.versions("m")}
    ledger.close()
    assert acknowledged.items() <= found.items()
    assert sorted(found.values()) == list(range(1, len(found) + 1))
