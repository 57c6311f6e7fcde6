"""The embedded online store: what is read is what was written, whole, whatever happens."""

import math
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onespec.runtime.errors import StoreError
from onespec.runtime.stores.online import OnlineRow
from onespec.runtime.stores.online_codec import Layout, encode_key, layout_number
from onespec.runtime.stores.online_sqlite import SqliteOnlineStore

INT64 = st.integers(-(2**63), 2**63 - 1)
INSTANTS = st.integers(-(2**62), 2**62)
COLUMNS = {
    "b": st.booleans(),
    "i": INT64,
    "f": st.floats(),
    "s": st.text(),
    "t": st.datetimes(timezones=st.just(UTC)),
    "d": st.dates(),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteOnlineStore]:
    store = SqliteOnlineStore(tmp_path / "online.sqlite")
    yield store
    store.close()


def row(**values: Any) -> OnlineRow:
    return OnlineRow(values, 1, 2)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.copysign(1, a) == math.copysign(1, b) and (a == b or (a != a and b != b))
    return type(a) is type(b) and bool(a == b)


@st.composite
def tables(draw: st.DrawFn) -> list[OnlineRow]:
    codes = draw(st.dictionaries(st.text(), st.sampled_from("bifstd"), max_size=6))
    values = st.fixed_dictionaries({n: st.none() | COLUMNS[c] for n, c in codes.items()})
    made = st.builds(OnlineRow, values, st.none() | INSTANTS, INSTANTS)
    return draw(st.lists(made, min_size=1, max_size=5))


@given(tables(), st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_rows_come_back_as_they_were(rows: list[OnlineRow], seed: int) -> None:
    layout = Layout.of([r.values for r in rows])
    assert Layout.from_text(layout.text).fields == layout.fields
    for one in rows:
        raw = layout.encode(7, one, seed)
        assert layout_number(raw, seed) == 7
        back = layout.decode(raw)
        assert (back.event_time, back.written) == (one.event_time, one.written)
        assert list(back.values) == [name for name, _ in layout.fields]
        assert all(same(back.values[name], value) for name, value in one.values.items())


@given(tables(), st.data())
@settings(max_examples=100, deadline=None)
def test_no_changed_bit_goes_unnoticed(rows: list[OnlineRow], data: st.DataObject) -> None:
    layout = Layout.of([r.values for r in rows])
    raw = bytearray(layout.encode(1, rows[0], 5))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(StoreError, match="damaged"):
        layout_number(bytes(raw), 5)
    with pytest.raises(StoreError, match="damaged"):
        layout_number(layout.encode(1, rows[0], 5), 6)  # a sound row under another's key


KEY_PART = st.booleans() | INT64 | st.floats(allow_nan=False) | st.text() | st.dates()


@given(st.lists(KEY_PART, max_size=3), st.lists(KEY_PART, max_size=3))
@settings(max_examples=500, deadline=None)
def test_keys_are_equal_only_when_their_parts_are(a: list[Any], b: list[Any]) -> None:
    alike = len(a) == len(b) and all(
        type(x) is type(y) and x == y for x, y in zip(a, b, strict=True)
    )
    assert (encode_key(a) == encode_key(b)) is alike
    assert encode_key([*a, None]) is None


def test_keys_that_look_alike_are_different_ones() -> None:
    keys: list[tuple[Any, ...]] = [("1",), (1,), (True,), (1.0,), ("a", "bc"), ("ab", "c"), ("",)]
    assert len({encode_key(key) for key in keys}) == len(keys)
    assert encode_key((0.0,)) == encode_key((-0.0,))
    assert encode_key((datetime(2013, 1, 1, tzinfo=UTC),)) == encode_key(
        (datetime(2013, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))),)
    )


def test_a_file_that_is_missing_or_foreign_is_an_error(tmp_path: Path) -> None:
    store = SqliteOnlineStore(tmp_path / "online.sqlite")
    assert store.generation("v") is None
    with pytest.raises(StoreError, match="no online store") as caught:
        store.read("v", [("a",)])
    assert "materialize" in caught.value.remedy
    assert not store.path.exists()  # reading creates nothing
    store.path.write_bytes(b"something else" * 500)
    with pytest.raises(StoreError, match="cannot be used"):
        store.read("v", [("a",)])
    store.path.unlink()
    with sqlite3.connect(store.path) as db:
        db.execute("CREATE TABLE entry (view, key, value)")
    for use in (lambda: store.read("v", [("a",)]), lambda: store.write("v", "g", [])):
        with pytest.raises(StoreError, match="not an online store"):
            use()


def test_rot_is_found_before_use(store: SqliteOnlineStore) -> None:
    store.write("v", "g", [(("a",), row(x=1)), (("b",), row(x=2))])
    with sqlite3.connect(store.path) as db:
        b = db.execute("SELECT max(key) FROM entry").fetchone()[0]
        db.execute("UPDATE entry SET value = (SELECT value FROM entry WHERE key = ?)", (b,))
    assert store.read("v", [("b",)]) == [row(x=2)]
    with pytest.raises(StoreError, match="damaged"):
        store.read("v", [("a",)])


def test_notices_that_the_file_was_replaced(
    store: SqliteOnlineStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("v", "g", [(("a",), row(x=1))])
    assert store.read("v", [("a",)]) == [row(x=1)]
    other = SqliteOnlineStore(tmp_path / "other.sqlite")
    other.write("w", "g", [])
    other.write("v", "g", [(("a",), row(x=2))])
    other.close()
    other.path.replace(store.path)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 5)
    assert store.read("v", [("a",)]) == [row(x=2)]
    store.path.unlink()
    monkeypatch.setattr(time, "monotonic", lambda: now + 10)
    with pytest.raises(StoreError, match="no online store"):
        store.read("v", [("a",)])
