"""Insert where a unique key may be taken already: one statement, the same on both databases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite


def put_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert the row; False where one with its key is there, which stays as it is."""
    statement = _insert(connection, table).values(**row).on_conflict_do_nothing()
    told = statement.returning(next(iter(table.primary_key)))
    return connection.execute(told).first() is not None


def put_newest(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, or put them in the place of those with their keys. What is given twice
    counts as given last."""
    keys = _unique_names(table)
    insert = _insert(connection, table)
    others = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    statement = insert.on_conflict_do_update(index_elements=keys, set_=others)
    connection.execute(statement, [dict(row) for row in rows])


def _insert(connection: Connection, table: Table) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def _unique_names(table: Table) -> tuple[str, ...]:
    """The columns by which the table's rows are told apart: those of its only unique constraint."""
    (constraint,) = (c for c in table.constraints if isinstance(c, UniqueConstraint))
    return tuple(column.name for column in constraint.columns)
