"""DuckDB sees the tables that it is given and nothing else, whatever the text says."""

from pathlib import Path

import pyarrow as pa
import pytest

from onespec.runtime.sql import SqlError, connect, evaluate, literal, query, quote

TABLE = pa.table({"x": [3, 1, None, 2], "s": ["a", "b", "c", "d"]})
NAMES = ['a"b', "a\nb", "'; drop table input; --", "select", "é", "a.b", '""', "--", "/*"]


def test_order_is_kept_and_where_keeps_what_is_true() -> None:
    made = evaluate(TABLE, {"y": '"x" * 10', "s": '"s"'}, where='"x" > 1')
    assert made.to_pydict() == {"y": [30, 20], "s": ["a", "d"]}
    many = pa.table({"x": range(300_000)})
    assert evaluate(many, {"y": '"x" + 0'}, threads=2)["y"].to_pylist() == list(range(300_000))


def test_a_bare_column_is_not_copied() -> None:
    assert evaluate(TABLE, {"y": '"x"'})["y"].chunk(0).buffers() == TABLE["x"].chunk(0).buffers()


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_stay_names(name: str) -> None:
    table = pa.table({name: [1, 2]})
    assert evaluate(table, {name: f"{quote(name)} + 1"}).to_pydict() == {name: [2, 3]}


@pytest.mark.parametrize("text", NAMES)
def test_hostile_literals_stay_literals(text: str) -> None:
    assert evaluate(TABLE.slice(0, 1), {"y": literal(text)})["y"].to_pylist() == [text]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('{path}')",
        "select * from '{path}'",
        "select * from glob('/etc/*')",
        "copy (select 1) to '{path}'",
        "copy (select 1) to '{path}' (use_tmp_file false)",
        "attach '{path}' as other",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set TimeZone = 'America/New_York'",
        "pragma database_list",
        "select 1; select 2",
        "create table t as select 1",
        "select * from secret",
        "select getenv('HOME')",
        "call enable_logging()",
    ],
)
def test_every_other_door_is_closed(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a\n1\n")
    secret = pa.table({"a": [1]})  # python variables must not be found by name
    with pytest.raises(SqlError):
        query(sql.format(path=path), {"input": TABLE})
    assert path.read_text() == "a\n1\n"
    assert secret.num_rows == 1


def test_the_doors_are_closed_below_the_one_function_too(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a\n1\n")
    with connect() as connection:
        for sql in (f"copy (select 1) to '{path}'", "set threads = 8", f"attach '{path}' as other"):
            with pytest.raises(Exception, match=r"disabled|locked|Permission"):
                connection.execute(sql)


def test_a_text_cannot_leave_its_place() -> None:
    for sql in ("1) from input; select (2", "1), (2", "1 from input --", "x) as z, (x"):
        with pytest.raises((SqlError, ValueError)):
            evaluate(TABLE, {"y": sql})
