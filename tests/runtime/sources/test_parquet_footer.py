"""The footer as our small reader sees it is what Arrow sees; what is damaged is no footer."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onespec.runtime.sources.parquet_footer import Footer, parquet_footer

NESTED = pa.table(
    {
        "id": pa.array(range(1000)),
        "naïve": pa.array(["x"] * 1000),
        "inside": pa.array([{"a": 1, "b": {"c": [1.5]}}] * 1000),
        "many": pa.array([[1, 2]] * 1000),
        "last": pa.array([True] * 1000),
    }
)


@pytest.mark.parametrize("rows", [0, 1, 1000])
@pytest.mark.parametrize("group", [7, 1000])
def test_rows_and_columns(tmp_path: Path, rows: int, group: int) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(NESTED.slice(0, rows), path, row_group_size=group)
    assert parquet_footer(path) == Footer(rows, tuple(NESTED.column_names))


def test_many_columns(tmp_path: Path) -> None:
    wide = pa.table({f"c{i}": pa.array([i]) for i in range(300)})
    pq.write_table(wide, tmp_path / "t.parquet")
    assert parquet_footer(tmp_path / "t.parquet") == Footer(1, tuple(wide.column_names))


def test_every_damaged_byte_gives_an_answer_or_none(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(NESTED.slice(0, 3), path)
    whole = path.read_bytes()
    for at in range(len(whole) - 400, len(whole), 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        assert parquet_footer(path) is None or parquet_footer(path)
        path.write_bytes(whole[:at])
        assert parquet_footer(path) is None


def test_what_is_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    assert parquet_footer(tmp_path / "t.parquet") is None
    assert parquet_footer(tmp_path / "absent.parquet") is None
