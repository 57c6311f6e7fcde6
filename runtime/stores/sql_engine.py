"""One SQL database with one writer at a time, and transactions that are tried again."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from ..errors import StoreError

BUSY_SECONDS = 30
ATTEMPTS = 20

_WRITES = "onespec_writes"
# PostgreSQL: serialization failure, deadlock, unique violation.
_RETRIED_STATES = frozenset({"40001", "40P01", "23505"})

T = TypeVar("T")


def sqlite_url(path: Path) -> URL:
    """The address of a SQLite file; quoting is SQLAlchemy's business."""
    return URL.create("sqlite", database=str(path))


def open_engine(url: str | URL) -> Engine:
    """An engine that keeps the rules: WAL, full synchronisation, writers begin as writers."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True, isolation_level="SERIALIZABLE")
    if address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def write(engine: Engine, action: Callable[[Connection], T]) -> T:
    """`action` in one transaction. What lost a race is rolled back and tried again."""
    for attempt in range(ATTEMPTS):
        try:
            with _writer(engine) as connection, connection.begin():
                return action(connection)
        except DBAPIError as error:
            if attempt == ATTEMPTS - 1 or not _lost_a_race(error):
                raise StoreError(
                    f"the ledger cannot be written: {error.orig}",
                    remedy="check the database's address, rights and free space",
                ) from error
            # Jitter only spreads the attempts: it never reaches a result.
            time.sleep(random.uniform(0.5, 1.0) * min(0.01 * 2**attempt, 1.0))  # noqa: S311
    raise AssertionError("unreachable")


def read(engine: Engine, action: Callable[[Connection], T]) -> T:
    """`action` on one consistent snapshot."""
    try:
        with engine.connect() as connection, connection.begin():
            return action(connection)
    except DBAPIError as error:
        raise StoreError(
            f"the ledger cannot be read: {error.orig}",
            remedy="check the database's address and rights",
        ) from error


def _writer(engine: Engine) -> Connection:
    return engine.connect().execution_options(**{_WRITES: True})


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


def _lost_a_race(error: DBAPIError) -> bool:
    if isinstance(error, IntegrityError) and "UNIQUE" in str(error.orig):
        return True
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    if state in _RETRIED_STATES or error.connection_invalidated:
        return True
    return "locked" in str(error.orig) or "busy" in str(error.orig)
