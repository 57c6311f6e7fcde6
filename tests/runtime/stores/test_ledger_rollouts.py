"""Rollouts in the ledger: each move whole and told, and made once however often it is asked."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.where import Where

from onespec.runtime.errors import StoreError
from onespec.runtime.stores.ledger import RolloutRecord
from onespec.runtime.stores.ledger_file import LedgerFile
from onespec.runtime.stores.ledger_sql import SqlLedger

STEPS = (0.1, 0.5, 1.0)


on_sqlite = pytest.mark.parametrize("where", ["sqlite"], indirect=True)


@pytest.fixture
def ledger(where: Where) -> Iterator[SqlLedger]:
    """Three versions, the first of which is the champion."""
    ledger = where.open()
    for key in ("a", "b", "c"):
        ledger.register("m", key, "e", {})
    ledger.set_alias("m", "champion", 1, why="first")
    yield ledger
    ledger.close()


def begin(ledger: SqlLedger, version: int, *, again: bool = False) -> RolloutRecord:
    facts = {"model": "m", "version": version, "value_key": "?", "gate_key": "g", "why": "passed"}
    begun = ledger.begin_rollout("api", "m", version, STEPS, facts, again=again)
    assert begun is not None
    return begun


def alias(ledger: SqlLedger, name: str) -> int | None:
    found = ledger.version("m", name)
    return found.version if found else None


def actions(ledger: SqlLedger) -> list[str]:
    return [str(row["action"]) for row in reversed(ledger.audit_log())][4:]


def test_share_by_share_to_champion(ledger: SqlLedger) -> None:
    begun = begin(ledger, 2)
    assert (begun.share, begun.state, begun.stage) == (0.1, "running", 0)
    assert (alias(ledger, "champion"), alias(ledger, "challenger")) == (1, 2)
    half = ledger.advance_rollout(begun.number, 0, why="quiet")
    assert (half.share, alias(ledger, "champion")) == (0.5, 1)
    assert half.moved > half.began == begun.began
    done = ledger.advance_rollout(begun.number, 1, why="quiet still")
    assert (done.state, done.share) == ("promoted", 1.0)
    assert (alias(ledger, "champion"), alias(ledger, "challenger")) == (2, None)
    assert ledger.rollouts("api") == [done]
    assert not ledger.rollouts("other")
    assert actions(ledger) == [
        "set_alias", "rollout_begun", "rollout_advanced", "rollout_advanced", "promoted",
        "rollout_promoted", "drop_alias", "set_alias",
    ]  # fmt: skip
    promoted = next(r for r in ledger.audit_log() if r["action"] == "promoted")
    assert promoted["subject"] == "m@2"
    assert promoted["facts"] == {
        "model": "m", "version": 2, "value_key": "?", "gate_key": "g", "replaced": "a",
        "rollout": begun.number, "why": "quiet still",
    }  # fmt: skip


def test_a_move_that_is_repeated_is_made_once(ledger: SqlLedger) -> None:
    begun = begin(ledger, 2)
    assert begin(ledger, 2) == begun
    half = ledger.advance_rollout(begun.number, 0, why="")
    told = len(ledger.audit_log())
    assert ledger.advance_rollout(begun.number, 0, why="") == half
    assert begin(ledger, 2) == half
    assert len(ledger.audit_log()) == told
    done = ledger.advance_rollout(begun.number, 1, why="")
    assert ledger.advance_rollout(begun.number, 1, why="") == done
    assert ledger.abort_rollout(begun.number, why="too late") == done
    assert ledger.begin_rollout("api", "m", 2, STEPS, {}) is None  # it is the champion
    with pytest.raises(StoreError, match="moved meanwhile: it is promoted"):
        ledger.advance_rollout(begun.number, 0, why="")


def test_who_saw_an_older_stage_moves_nothing(ledger: SqlLedger) -> None:
    begun = ledger.begin_rollout("api", "m", 2, (0.1, 0.2, 0.5, 1.0), {})
    assert begun is not None
    for stage in (0, 1):
        ledger.advance_rollout(begun.number, stage, why="")
    with pytest.raises(StoreError, match="at step 3"):
        ledger.advance_rollout(begun.number, 0, why="")
    assert ledger.rollouts()[0].share == 0.5
    with pytest.raises(StoreError, match="no rollout 99"):
        ledger.advance_rollout(99, 0, why="")


def test_an_aborted_version_is_asked_no_more_until_it_is_begun_again(ledger: SqlLedger) -> None:
    begun = begin(ledger, 2)
    aborted = ledger.abort_rollout(begun.number, why="errors")
    assert (aborted.state, aborted.share, alias(ledger, "challenger")) == ("aborted", 0.0, None)
    assert ledger.abort_rollout(begun.number, why="again") == aborted
    assert begin(ledger, 2) == aborted
    with pytest.raises(StoreError, match="it is aborted"):
        ledger.advance_rollout(begun.number, 0, why="")
    anew = begin(ledger, 2, again=True)
    assert (anew.number > begun.number, anew.share) == (True, 0.1)
    assert alias(ledger, "challenger") == 2


def test_a_newer_version_takes_the_place_of_the_challenger(ledger: SqlLedger) -> None:
    first, second = begin(ledger, 2), begin(ledger, 3)
    assert [r.state for r in ledger.rollouts()] == ["running", "superseded"]
    assert [r.number for r in ledger.rollouts()] == [second.number, first.number]
    assert alias(ledger, "challenger") == 3


@pytest.mark.parametrize(
    ("name", "version", "state", "challenger"),
    [
        ("champion", 2, "promoted", None),
        ("champion", 3, "superseded", None),
        ("challenger", 3, "superseded", 3),
        ("other", 3, "running", 2),
    ],
)
def test_who_moves_an_alias_by_hand_ends_the_rollout(
    ledger: SqlLedger, name: str, version: int, state: str, challenger: int | None
) -> None:
    begin(ledger, 2)
    ledger.set_alias("m", name, version, why="by hand")
    assert ledger.rollouts()[0].state == state
    assert alias(ledger, "challenger") == challenger


def test_dropping_the_challenger_aborts(ledger: SqlLedger) -> None:
    begin(ledger, 2)
    ledger.drop_alias("m", "challenger", why="enough")
    ledger.drop_alias("m", "challenger", why="enough")
    assert (ledger.rollouts()[0].state, alias(ledger, "challenger")) == ("aborted", None)


def test_a_version_that_there_is_not_leaves_nothing_behind(ledger: SqlLedger) -> None:
    begin(ledger, 2)
    with pytest.raises(StoreError, match="has no version 9"):
        begin(ledger, 9)
    assert [r.state for r in ledger.rollouts()] == ["running"]
    assert alias(ledger, "challenger") == 2


@on_sqlite
def test_both_readers_say_the_same(ledger: SqlLedger, tmp_path: Path) -> None:
    begin(ledger, 2)
    begin(ledger, 3)
    file = LedgerFile(tmp_path / "ledger.sqlite")
    for endpoint in (None, "api", "other"):
        assert file.rollouts(endpoint) == ledger.rollouts(endpoint)
    file.close()


# The process kills itself at its n-th write of the audit log: each is inside the transaction.
ADVANCE = """
import signal
from onespec.runtime.stores.ledger_moves import Moves
left, append = int(sys.argv[2]), Moves.append
def deadly(*given):
    global left
    append(*given)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
Moves.append = deadly
(found,) = ledger.rollouts("api")
ledger.advance_rollout(found.number, int(sys.argv[1]), why="killed")
"""


def test_a_process_that_is_killed_has_moved_all_or_nothing(ledger: SqlLedger, where: Where) -> None:
    begun = begin(ledger, 2)
    ledger.advance_rollout(begun.number, 0, why="")
    before = ledger.rollouts(), ledger.versions(), ledger.audit_log()
    kills = 0
    while True:
        killed = where.run(ADVANCE, 1, kills + 1)
        killed.communicate(timeout=60)
        code = killed.returncode
        if code == 0:
            break
        assert code == -signal.SIGKILL
        kills += 1
        assert (ledger.rollouts(), ledger.versions(), ledger.audit_log()) == before
    assert kills == 5
    assert ledger.rollouts()[0].state == "promoted"
    assert (alias(ledger, "champion"), alias(ledger, "challenger")) == (2, None)


def test_of_many_who_advance_at_once_the_share_moves_once(ledger: SqlLedger, where: Where) -> None:
    begin(ledger, 2)
    told = len(ledger.audit_log())
    processes = [where.run(ADVANCE, 0, 0) for _ in range(4)]
    told_by = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, told_by
    assert (ledger.rollouts()[0].stage, ledger.rollouts()[0].share) == (1, 0.5)
    assert len(ledger.audit_log()) == told + 1
