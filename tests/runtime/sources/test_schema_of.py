"""What the lock records: the language's types, merged over files, or a clear refusal."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onespec.compiler.plan import Column
from onespec.runtime.sources import lock_schema
from onespec.runtime.sources.problem import SourceError
from onespec.runtime.sources.schema_of import schema_of


def types(columns: tuple[Column, ...]) -> dict[str, str]:
    return {column.name: column.type for column in columns}


def test_parquet_types_and_nullability(tmp_path: Path) -> None:
    fields = {
        "b": pa.bool_(), "i8": pa.int8(), "u32": pa.uint32(), "f": pa.float32(),
        "d": pa.decimal128(9, 2), "s": pa.large_string(),
        "c": pa.dictionary(pa.int8(), pa.string()), "ns": pa.timestamp("ns"),
        "tz": pa.timestamp("s", "Europe/Berlin"), "day": pa.date32(),
    }  # fmt: skip
    schema = pa.schema([pa.field(n, t, nullable=n != "i8") for n, t in fields.items()])
    pq.write_table(schema.empty_table(), tmp_path / "t.parquet")
    columns = schema_of("s", "t.parquet", "parquet", tmp_path)
    assert types(columns) == {
        "b": "bool", "i8": "int", "u32": "int", "f": "float", "d": "float", "s": "string",
        "c": "string", "ns": "timestamp", "tz": "timestamp", "day": "date",
    }  # fmt: skip
    assert [column.name for column in columns if not column.nullable] == ["i8"]


def test_text_types_are_inferred_from_all_rows(tmp_path: Path) -> None:
    head = "i,f,s,t,z,day,b,late,none,clock\n"
    row = "1,1.5,x,2020-01-01 00:00:00,2020-01-01T00:00:00+02:00,2020-01-01,true,{},,12:30\n"
    (tmp_path / "t.csv").write_text(head + row.format("1") * 50_000 + row.format("2.5"))
    assert types(schema_of("s", "t.csv", "csv", tmp_path)) == {
        "i": "int", "f": "float", "s": "string", "t": "timestamp", "z": "timestamp",
        "day": "date", "b": "bool", "late": "float", "none": "string", "clock": "string",
    }  # fmt: skip


def test_mixed_zones_are_one_timestamp(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("t\n2020-01-01T00:00:00Z\n2020-01-01 00:00:00\n")
    assert types(schema_of("s", "t.csv", "csv", tmp_path)) == {"t": "timestamp"}


def test_json_types(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(
        '{"i": 1, "f": 1, "s": "x", "t": "2020-01-01T00:00:00Z", "b": true}\n{"f": 2.5}\n'
    )
    assert types(schema_of("s", "t.jsonl", "json", tmp_path)) == {
        "i": "int", "f": "float", "s": "string", "t": "timestamp", "b": "bool",
    }  # fmt: skip


def test_int_in_one_file_and_float_in_another_make_a_float(tmp_path: Path) -> None:
    for name, values in (("a", pa.array([1])), ("b", pa.array([1.5])), ("c", pa.array([None]))):
        pq.write_table(pa.table({"x": values}), tmp_path / f"{name}.parquet")
    assert types(schema_of("s", "*.parquet", "parquet", tmp_path)) == {"x": "float"}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"ok": [1], "bad": [[1]], "worse": [{"a": 1}]}, r"'bad' \(list.*'worse' \(struct"),
        ({"Temp": [1], "temp": [2]}, "temp"),
        ({"__row": [1]}, "__row"),
        ({"": [1]}, "without a name"),
    ],
)
def test_columns_that_cannot_be_are_named(tmp_path: Path, table: dict, told: str) -> None:
    pq.write_table(pa.table(table), tmp_path / "t.parquet")
    with pytest.raises(SourceError, match=told) as caught:
        schema_of("s", "t.parquet", "parquet", tmp_path)
    assert caught.value.remedy


def test_files_that_do_not_go_together(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": ["a"]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "b.parquet")
    with pytest.raises(SourceError, match="'x' is string in one file and int64 in another"):
        schema_of("s", "*.parquet", "parquet", tmp_path)
    pq.write_table(pa.table({"y": ["a"]}), tmp_path / "b.parquet")
    with pytest.raises(SourceError, match="`x`, `y`"):
        schema_of("s", "*.parquet", "parquet", tmp_path)


def test_lock_schema_knows_the_format_by_the_ending(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [Decimal("1.5")]}), tmp_path / "t.parquet")
    assert {n: str(t) for n, t in lock_schema("s", "t.parquet", None, tmp_path).items()} == {
        "x": "float?"
    }
    with pytest.raises(SourceError, match="does not follow"):
        lock_schema("s", "t.dat", None, tmp_path)
