"""Version 3: what is said to the audit log is there once, though its answer was lost."""

from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """A key for each entry; those that are there have none."""
    for statement in (
        "ALTER TABLE audit_log ADD COLUMN once VARCHAR",
        "CREATE UNIQUE INDEX audit_log_once ON audit_log (once)",
    ):
        connection.exec_driver_sql(statement)
