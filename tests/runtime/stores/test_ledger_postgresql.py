"""The ledger on PostgreSQL, where the server is away, refuses, or keeps one waiting."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from servers.postgresql import USER, PostgresServer
from servers.where import Where
from sqlalchemy import Connection, make_url

from onespec.runtime.errors import StoreError
from onespec.runtime.serving.host_process import free_port
from onespec.runtime.stores.ledger_sql import SqlLedger
from onespec.runtime.stores.ledger_tables import model_versions
from onespec.runtime.stores.sql_engine import lone_writer, open_engine, write


@pytest.fixture
def where(postgresql: PostgresServer) -> Where:
    return Where(postgresql.database(), postgresql.password)


def refused(url: str, password: str | None) -> StoreError:
    """What is said of a ledger that cannot be opened; nowhere in it is the password."""
    with pytest.raises(StoreError) as caught:
        SqlLedger(url, lambda: 0, password=password)
    told: BaseException | None = caught.value
    while told is not None:
        assert password is None or password not in f"{told} {told!r}"
        told = told.__cause__ or told.__context__
    return caught.value


def test_the_next_call_works_after_the_server_was_restarted(
    ledger: SqlLedger, postgresql: PostgresServer
) -> None:
    ledger.register("m", "a", "e", {})
    postgresql.stop()
    postgresql.start()
    assert ledger.register("m", "b", "e", {}).version == 2
    postgresql.stop()
    postgresql.start()
    assert [v.version for v in ledger.versions("m")] == [2, 1]


def test_a_restart_in_the_middle_of_work_is_waited_for(
    ledger: SqlLedger, postgresql: PostgresServer
) -> None:
    ledger.register("m", "a", "e", {})
    postgresql.stop()
    with ThreadPoolExecutor() as pool:
        registered = pool.submit(ledger.register, "m", "b", "e", {})
        with pytest.raises(TimeoutError):
            registered.result(0.5)
        postgresql.start()
        assert registered.result().version == 2


def test_a_server_that_is_not_there_is_told_at_once(where: Where) -> None:
    port = free_port("127.0.0.1")
    began = time.monotonic()
    error = refused(f"postgresql://{USER}@127.0.0.1:{port}/x", where.password)
    assert time.monotonic() - began < 5
    assert "Connection refused" in error.message
    assert "check that the server runs" in error.remedy


@pytest.mark.parametrize(
    ("change", "password", "remedy"),
    [
        ({}, "wrong-and-secret", "the secret that its password names"),
        ({}, None, "the secret that its password names"),
        ({"database": "nowhere"}, "", "create the database"),
        ({"query": {"sslmode": "require"}}, "", "certificate"),
    ],
)
def test_what_the_server_refuses_comes_with_a_remedy(
    where: Where, change: dict[str, Any], password: str | None, remedy: str
) -> None:
    url = make_url(where.url).set(**change)
    error = refused(url.render_as_string(), where.password if password == "" else password)
    assert remedy in error.remedy, error.message


def test_without_the_right_to_make_tables_it_says_so(
    where: Where, postgresql: PostgresServer
) -> None:
    name = where.url.rpartition("/")[2]
    with postgresql.connect(name) as admin:
        admin.execute("CREATE ROLE reader LOGIN PASSWORD 'readers secret'")
        error = refused(where.url.replace(USER, "reader", 1), "readers secret")
        admin.execute("DROP ROLE reader")
    assert "permission denied" in error.message
    assert "grant the user the right" in error.remedy


def test_an_address_that_is_none_is_not_repeated() -> None:
    error = refused("postgresql//onespec:hidden@db/x", "hidden")
    assert "not a URL" in error.message
    error = refused("mysql://db/x", None)
    assert "postgresql://" in error.remedy


def test_nobody_waits_for_ever(where: Where, ledger: SqlLedger) -> None:
    """A client that stopped in the middle of a transaction holds others up, but not for long."""
    impatient = where.url + "?options=-c%20lock_timeout%3D200ms"
    other = SqlLedger(impatient, lambda: 0, password=where.password)
    stopped = open_engine(where.url, where.password).connect()
    with stopped.begin():
        lone_writer(stopped, model_versions)
        with pytest.raises(StoreError, match="lock timeout") as caught:
            other.register("m", "a", "e", {})
        assert "another transaction" in caught.value.remedy
        assert not other.versions("m")  # readers do not wait
    stopped.close()
    assert other.register("m", "a", "e", {}).version == 1
    other.close()


def test_every_wait_has_an_end(ledger: SqlLedger) -> None:
    def asked(connection: Connection) -> dict[str, str]:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        run = connection.exec_driver_sql
        return {name: str(run(f"SHOW {name}").scalar()) for name in names}

    assert write(ledger._engine, asked) == {
        "statement_timeout": "1min",
        "lock_timeout": "30s",
        "idle_in_transaction_session_timeout": "20s",
    }


def test_what_lost_a_race_is_rolled_back_and_tried_again(
    ledger: SqlLedger, where: Where, postgresql: PostgresServer
) -> None:
    """40001 for real: between the two statements of the first attempt somebody else commits."""
    ledger.register("m", "a", "e", {})
    attempts = []

    def action(connection: Connection) -> None:
        run = connection.exec_driver_sql
        attempts.append(run("SELECT evaluation_key FROM model_versions").scalar())
        if len(attempts) == 1:
            with postgresql.connect(where.url.rpartition("/")[2]) as other:
                other.execute("UPDATE model_versions SET evaluation_key = 'theirs'")
        run("UPDATE model_versions SET evaluation_key = evaluation_key || ' and ours'")

    write(ledger._engine, action)
    assert attempts == ["e", "theirs"]
    assert ledger.versions("m")[0].evaluation_key == "theirs and ours"


def test_the_server_holds_what_was_acknowledged(where: Where, ledger: SqlLedger) -> None:
    """A client of any kind finds it: nothing is kept back in the connection."""
    ledger.register("m", "a", "e", {"auc": 0.5})
    with psycopg.connect(where.url, password=where.password) as other:
        assert other.execute("SELECT version, facts FROM model_versions").fetchall() == [
            (1, {"auc": 0.5})
        ]
