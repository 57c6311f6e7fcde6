"""How the ledger reaches PostgreSQL: bounds on every wait, and errors that say what to do."""

import re
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from ..errors import StoreError

# Serialization failure, deadlock, unique violation.
LOST_RACES = frozenset({"40001", "40P01", "23505"})
CONNECT_SECONDS = 10
STATEMENT_SECONDS = 60
LOCK_SECONDS = 30
# A client that stops in the middle of a transaction keeps others waiting no longer than this.
IDLE_SECONDS = 20

_ANSWERED = "onespec_answered"
# What to do, by the SQLSTATE and the message; where connecting fails there is only a message.
_REMEDIES = (
    ("password authentication failed|no password supplied|^28",
     "check the user in the ledger's url and the secret that its password names"),
    ("database .* does not exist|^3D000",
     "create the database (`createdb NAME`), or mend the ledger's url"),
    ("no pg_hba.conf entry",
     "let this host and user in (pg_hba.conf), or ask for TLS with ?sslmode=require"),
    ("certificate|SSL", "check the certificate, or the url's sslmode and sslrootcert"),
    ("too many clients|remaining connection slots|^53300",
     "raise the server's max_connections, or put a pooler before it"),
    ("permission denied|^42501",
     "grant the user the right to create tables in the schema, and to read and write them"),
    ("read-only|^25006",
     "the url leads to a standby: name the primary, or add ?target_session_attrs=read-write"),
    ("^57014|^55P03",
     "another transaction holds the ledger, or the server is overloaded: see pg_stat_activity"),
    ("^53100", "make room on the server's disk"),
    ("connection failed|server closed|^57P0",
     "check that the server runs, and that host and port in the ledger's url lead to it"),
)  # fmt: skip
_OTHER = "check the database's address, rights and free space"


def open_postgresql(address: URL, password: str | None) -> Engine:
    """An engine for `address`. `password` comes apart, so that no plan or log ever holds it."""
    address = address.set(drivername="postgresql+psycopg")
    if password is not None:
        address = address.set(password=password)
    waits: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "onespec",
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "options": f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s"
        f" -c idle_in_transaction_session_timeout={IDLE_SECONDS}s",
    }
    # What the url itself asks for comes first. Prepared statements do not pass every pooler.
    asked = {name: value for name, value in waits.items() if name not in address.query}
    try:
        engine = create_engine(
            address,
            isolation_level="SERIALIZABLE",
            pool_pre_ping=True,
            pool_recycle=1800,
            connect_args={**asked, "prepare_threshold": None},
        )
    except (ImportError, NoSuchModuleError) as error:
        raise StoreError(
            "a ledger on PostgreSQL needs the driver psycopg",
            remedy="pip install 'onespec[postgresql]'",
        ) from error
    event.listen(engine, "connect", lambda *_: engine.update_execution_options(**{_ANSWERED: True}))
    return engine


def unreachable(engine: Engine, error: DBAPIError) -> bool:
    """Whether the server is away that has answered before: it restarts, or another takes over.

    One that never answered is more likely a wrong address, which is told at once.
    """
    answered = engine.get_execution_options().get(_ANSWERED, False)
    return bool(answered) and "connection failed" in str(error.orig)


def explained(error: DBAPIError) -> tuple[str, str]:
    """What went wrong in one line, and what to do. Never holds the password: libpq tells none, and
    the statement with its values is left out."""
    told = " ".join(str(error.orig).split())
    state = getattr(error.orig, "sqlstate", None) or ""
    found = (remedy for signs, remedy in _REMEDIES if re.search(signs, f"{state} {told}".lstrip()))
    return told, next(found, _OTHER)
