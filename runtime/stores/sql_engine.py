"""One SQL database with one writer at a time, and transactions that are tried again."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from ..errors import StoreError
from .sql_postgresql import LOST_RACES, explained, open_postgresql, unreachable

BUSY_SECONDS = 30
ATTEMPTS = 20

_WRITES = "onespec_writes"
_ALTERS = 0x6F6E7370  # "onsp": the advisory lock of who changes tables

T = TypeVar("T")


def sqlite_url(path: Path) -> URL:
    """The address of a SQLite file; quoting is SQLAlchemy's business."""
    return URL.create("sqlite", database=str(path))


def open_engine(url: str | URL, password: str | None = None) -> Engine:
    """An engine that keeps the rules: WAL, full synchronisation, writers begin as writers; on
    PostgreSQL serializable writers and bounds on every wait.

    Raises StoreError for an address that is neither.
    """
    address = _address(url)
    match address.get_backend_name():
        case "postgresql":
            return open_postgresql(address, password)
        case "sqlite":
            return _open_sqlite(address)
        case other:
            raise StoreError(
                f"the ledger cannot be kept in {other}",
                remedy="write sqlite:///FILE or postgresql://USER@HOST:PORT/DATABASE",
            )


def write(engine: Engine, action: Callable[[Connection], T]) -> T:
    """`action` in one transaction. What lost a race is rolled back and tried again."""
    return _attempts(engine, action, "written", {_WRITES: True})


def read(engine: Engine, action: Callable[[Connection], T]) -> T:
    """`action` on one consistent snapshot."""
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        # A snapshot is enough to read, and no such transaction ever has to be tried again.
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return _attempts(engine, action, "read", options)


def alter(engine: Engine, action: Callable[[Connection], T]) -> T:
    """`action`, which makes or changes tables, in one transaction and beside no other such one."""

    def alone(connection: Connection) -> T:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ALTERS})")
        return action(connection)

    options: dict[str, Any] = {_WRITES: True}
    if engine.dialect.name == "postgresql":
        # Who has waited must see what the one before made; a snapshot would be from before.
        options["isolation_level"] = "READ COMMITTED"
    return _attempts(engine, alone, "brought to its newest schema", options)


def lone_writer(connection: Connection, table: Table) -> None:
    """Wait until no other transaction changes `table`, and keep others waiting until the end.

    The first thing that a transaction does: so it sees what those before it did, and need not be
    tried again. On SQLite every writer is alone from its begin.
    """
    if connection.dialect.name == "postgresql":
        name = connection.dialect.identifier_preparer.format_table(table)
        connection.exec_driver_sql(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")


def _attempts(
    engine: Engine, action: Callable[[Connection], T], done: str, options: dict[str, Any]
) -> T:
    for attempt in range(ATTEMPTS):
        try:
            with engine.connect().execution_options(**options) as connection, connection.begin():
                return action(connection)
        except DBAPIError as error:
            if attempt == ATTEMPTS - 1 or not _passes(engine, error):
                told, remedy = explained(error)
                raise StoreError(f"the ledger cannot be {done}: {told}", remedy=remedy) from error
            # Jitter only spreads the attempts: it never reaches a result.
            time.sleep(random.uniform(0.5, 1.0) * min(0.01 * 2**attempt, 1.0))  # noqa: S311
    raise AssertionError("unreachable")


def _address(url: str | URL) -> URL:
    try:
        return make_url(url)
    except ArgumentError:  # not told on: the text may hold a password
        raise StoreError(
            "the ledger's address is not a URL",
            remedy="write it as postgresql://USER@HOST:PORT/DATABASE",
        ) from None


def _open_sqlite(address: URL) -> Engine:
    if address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # None: the driver begins no transactions of its own, which would be deferred ones.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _passes(engine: Engine, error: DBAPIError) -> bool:
    """Whether the same may succeed a moment later: a race was lost, or a server is away that was
    there before."""
    if isinstance(error, IntegrityError) and "UNIQUE" in str(error.orig):
        return True
    if getattr(error.orig, "sqlstate", None) in LOST_RACES or error.connection_invalidated:
        return True
    if engine.dialect.name == "postgresql":
        return unreachable(engine, error)
    return "locked" in str(error.orig) or "busy" in str(error.orig)
