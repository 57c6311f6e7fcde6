"""The ledger's tables, made anew or brought from an earlier version to the newest."""

from sqlalchemy import Connection, inspect, select

from .ledger_tables import metadata, schema_version
from .ledger_version import SCHEMA_VERSION
from .migrations import MIGRATIONS


def schema_found(connection: Connection) -> int | None:
    """The version of the tables; None where there are none."""
    if not inspect(connection).has_table(schema_version.name):
        return None
    found: int | None = connection.execute(select(schema_version.c.version)).scalar()
    return found


def migrate(connection: Connection) -> int:
    """The version that the tables then have. Whoever comes second finds it done, and what a newer
    onespec has made stays as it is."""
    found = schema_found(connection)
    if found is None:
        metadata.create_all(connection)
        connection.execute(schema_version.insert().values(only=1, version=SCHEMA_VERSION))
        return SCHEMA_VERSION
    if not 0 < found < SCHEMA_VERSION:
        return found
    for upgrade in MIGRATIONS[found - 1 :]:
        upgrade(connection)
    connection.execute(schema_version.update().values(version=SCHEMA_VERSION))
    return SCHEMA_VERSION
