"""Every format reads to the same table, and what is wrong is told with rows and a remedy."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from onespec.compiler.plan import Column, SourceTable
from onespec.runtime.sources import FORMATS
from onespec.runtime.sources.problem import SourceError
from onespec.runtime.sources.read import count_rows, read_source, verify_schema
from onespec.runtime.sources.schema_of import schema_of

HOSTILE = 'a "quoted",\nname; drop table input --'
TIMES = [
    datetime(2013, 3, 10, 6, 59, 59, 999999, tzinfo=UTC),
    datetime(2013, 11, 3, 1, 30, tzinfo=timezone(timedelta(hours=-4))),
    None,
]
COLUMNS = (
    Column("i", "int"),
    Column("f", "float"),
    Column("s", "string"),
    Column("t", "timestamp"),
    Column("d", "date"),
    Column("b", "bool"),
    Column(HOSTILE, "int"),
)
ROWS: dict[str, list[Any]] = {
    "i": [1, -(2**63), None],
    "f": [1.5, 2.0**-1074, None],
    "s": ["NA", 'x,"\n\u2028', None],
    "t": TIMES,
    "d": [date(1969, 12, 31), date(2024, 2, 29), None],
    "b": [True, False, None],
    HOSTILE: [1, 2, 3],
}


def write_parquet(folder: Path) -> str:
    times = pa.array(TIMES, pa.timestamp("us", "America/New_York"))
    pq.write_table(pa.table({**ROWS, "t": times, "unused": [[1], [2], [3]]}), folder / "t.parquet")
    return "t.parquet"


def write_csv(folder: Path) -> str:
    table = pa.table({**ROWS, "t": [None if t is None else t.isoformat() for t in TIMES]})
    pacsv.write_csv(table, folder / "t.csv")
    return "t.csv"


def write_json(folder: Path) -> str:
    rows = [dict(zip(ROWS, row, strict=True)) for row in zip(*ROWS.values(), strict=True)]
    lines = [json.dumps({k: v for k, v in r.items() if v is not None}, default=str) for r in rows]
    with gzip.open(folder / "t.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    return "t.jsonl.gz"


WRITERS: dict[str, Callable[[Path], str]] = {
    "parquet": write_parquet,
    "csv": write_csv,
    "json": write_json,
}


def source(path: str, format: Any, columns: tuple[Column, ...] = COLUMNS) -> SourceTable:
    return SourceTable("s", format, path, columns)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_reads_to_the_same_table(tmp_path: Path, format: str) -> None:
    table = read_source(source(WRITERS[format](tmp_path), format), tmp_path)
    utc = [None if t is None else t.astimezone(UTC).replace(tzinfo=None) for t in TIMES]
    assert table.to_pydict() == {**ROWS, "t": utc}
    assert [str(column.type) for column in table.columns] == [
        "int64", "double", "string", "timestamp[us]", "date32[day]", "bool", "int64",
    ]  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_only_the_columns_asked_for_are_read(tmp_path: Path, format: str) -> None:
    wanted = read_source(source(WRITERS[format](tmp_path), format), tmp_path, ["t", "i"])
    assert wanted.column_names == ["i", "t"]
    assert count_rows(source(WRITERS[format](tmp_path), format), tmp_path) == 3


def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        pq.write_table(pa.table({"x": [name + "1", name + "2"]}), tmp_path / f"{name}.parquet")
    found = source("*.parquet", "parquet", (Column("x", "string"),))
    assert read_source(found, tmp_path)["x"].to_pylist() == ["a1", "a2", "b1", "b2", "c1", "c2"]


def test_nanoseconds_are_cut_off_towards_the_past(tmp_path: Path) -> None:
    nanos = pa.array([1_999, -1, -1_000, None], pa.timestamp("ns", "UTC"))
    pq.write_table(pa.table({"t": nanos}), tmp_path / "t.parquet")
    found = read_source(source("t.parquet", "parquet", (Column("t", "timestamp"),)), tmp_path)
    assert found["t"].cast("int64").to_pylist() == [1, -1, -1, None]


def test_text_without_a_zone_is_utc_and_blank_is_null(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "t,n,s\n2020-06-01 12:00,NA,NA\n2020-06-01T12:00:00.5-0330,,\n2020-06-01,null,null\n"
    )
    columns = (Column("t", "timestamp"), Column("n", "float"), Column("s", "string"))
    assert read_source(source("t.csv", "csv", columns), tmp_path).to_pydict() == {
        "t": [
            datetime(2020, 6, 1, 12),
            datetime(2020, 6, 1, 15, 30, 0, 500000),
            datetime(2020, 6, 1),
        ],
        "n": [None, None, None],
        "s": ["NA", None, "null"],
    }


@pytest.mark.parametrize(
    ("type", "values", "bad"),
    [
        ("int", ["1", "x", "2.5", "3"], [2, 3]),
        ("timestamp", ["2020-01-01 00:00:00", "2020-02-31 00:00:00", "infinity"], [2, 3]),
        ("float", ["1e5", "nan", "one"], [3]),
        ("bool", ["true", "perhaps"], [2]),
        ("date", ["2020-01-01", "01/02/2020"], [2]),
    ],
)
def test_what_cannot_be_read_is_shown(
    tmp_path: Path, type: Any, values: list[str], bad: list[int]
) -> None:
    (tmp_path / "t.csv").write_text("c\n" + "\n".join(values) + "\n")
    with pytest.raises(SourceError, match=f"source `s`: file `t.csv`.*no {type}") as caught:
        read_source(source("t.csv", "csv", (Column("c", type),)), tmp_path)
    assert caught.value.rows == tuple({"row": row, "c": values[row - 1]} for row in bad)
    assert "onespec lock" in caught.value.remedy


@pytest.mark.parametrize(
    ("table", "column", "told"),
    [
        ({"y": [1]}, Column("x", "int"), "has no column `x`"),
        ({"x": ["1"]}, Column("x", "int"), "has `x` as string, and int is locked"),
        ({"x": [1.5]}, Column("x", "int"), "has `x` as double, and int is locked"),
        ({"x": [1, None]}, Column("x", "int", nullable=False), "has nulls in `x`"),
        ({"x": pa.array([2**64 - 1], pa.uint64())}, Column("x", "int"), "does not fit int"),
    ],
)
def test_a_source_that_changed_since_the_lock(
    tmp_path: Path, table: dict[str, Any], column: Column, told: str
) -> None:
    pq.write_table(pa.table(table), tmp_path / "t.parquet")
    with pytest.raises(SourceError, match=told) as caught:
        read_source(source("t.parquet", "parquet", (column,)), tmp_path)
    assert "onespec lock" in caught.value.remedy


def test_a_gone_column_of_a_csv_and_of_a_schema_check(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("y\n1\n")
    with pytest.raises(SourceError, match="has no column `x`"):
        read_source(source("t.csv", "csv", (Column("x", "int"),)), tmp_path)
    pq.write_table(pa.table({"y": [1]}), tmp_path / "t.parquet")
    with pytest.raises(SourceError, match="has no column `x`"):
        verify_schema(source("t.parquet", "parquet", (Column("x", "int"),)), tmp_path)


def test_an_int_file_is_read_as_a_locked_float(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1, 2]}), tmp_path / "t.parquet")
    table = read_source(source("t.parquet", "parquet", (Column("x", "float"),)), tmp_path)
    assert table["x"].to_pylist() == [1.0, 2.0]
    assert table["x"].type == pa.float64()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe broken", b"PAR1 cut short PAR1"])
def test_empty_and_damaged_files(tmp_path: Path, format: str, content: bytes) -> None:
    name = f"t.{format}"
    (tmp_path / name).write_bytes(content)
    told = "is empty" if not content else "cannot be read|has no column"
    with pytest.raises(SourceError, match=told):
        read_source(source(name, format, (Column("x", "int"),)), tmp_path)
    if not content:
        with pytest.raises(SourceError, match=told):
            schema_of("s", name, format, tmp_path)


def test_a_header_alone_is_a_source_without_rows(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,t\n")
    columns = (Column("x", "int"), Column("t", "timestamp"))
    assert read_source(source("t.csv", "csv", columns), tmp_path).num_rows == 0
