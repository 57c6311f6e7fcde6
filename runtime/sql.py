"""The one place that opens DuckDB: expressions over Arrow tables, and nothing else.

The engine sees only the tables that it is given. It has no access to files, network or
extensions, and its configuration is locked before any text of a spec is run.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb
import pyarrow as pa

DEFAULT_MEMORY = 2 << 30

_CLOSED = (
    "set TimeZone = 'UTC'",
    "set preserve_insertion_order = true",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set allow_community_extensions = false",
    "set python_enable_replacements = false",
    "set temp_directory = ''",
    "set enable_external_access = false",
    "set lock_configuration = true",
)


class SqlError(ValueError):
    """A query failed on the data; the message is the engine's."""


def quote(name: str) -> str:
    """A name as an SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A value as an SQL literal. Raises TypeError for a value that has none."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return f"cast('{value!r}' as double)"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            raise TypeError(f"{value!r} has no SQL literal")


@contextmanager
def connect(
    threads: int = 1, memory_limit: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A closed, in-memory engine; `memory_limit` is in bytes."""
    connection = duckdb.connect(":memory:", config={"threads": max(1, threads)})
    try:
        connection.execute(f"set memory_limit = '{memory_limit or DEFAULT_MEMORY}B'")
        for statement in _CLOSED:
            connection.execute(statement)
        yield connection
    finally:
        connection.close()


def query(
    sql: str,
    tables: Mapping[str, pa.Table],
    *,
    threads: int = 1,
    memory_limit: int | None = None,
) -> pa.Table:
    """The result of one `select` over registered tables. Raises SqlError."""
    with connect(threads, memory_limit) as connection:
        for name, table in tables.items():
            connection.register(name, table)
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise SqlError("not one select statement")
            return connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise SqlError(str(error).split("\n", maxsplit=1)[0]) from error


def evaluate(
    table: pa.Table,
    columns: Mapping[str, str],
    *,
    where: str | None = None,
    threads: int = 1,
    memory_limit: int | None = None,
) -> pa.Table:
    """Expressions over the rows of a table, by name, in the order of the rows.

    `where` keeps the rows for which it is true. A bare column costs nothing.
    """
    bare = {name: column for name, sql in columns.items() if (column := bare_column(sql, table))}
    if where is None and len(bare) == len(columns):
        return pa.table({name: table.column(column) for name, column in bare.items()})
    if not columns:
        raise ValueError("no expression to evaluate")
    selected = ", ".join(f"({sql}) as {quote(name)}" for name, sql in columns.items())
    kept = "" if where is None else f" where ({where})"
    text = f"select {selected} from input{kept}"  # noqa: S608
    made = query(text, {"input": table}, threads=threads, memory_limit=memory_limit)
    return made.rename_columns(list(columns))


def bare_column(sql: str, table: pa.Table) -> str | None:
    """The column that an expression merely names; None when it does more."""
    return next((name for name in table.column_names if sql == quote(name)), None)
