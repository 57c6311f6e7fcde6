"""The embedded online store: what is read is what was written, whole, whatever happens."""

import math
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
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


@pytest.mark.parametrize("count", [1, 2, 8, 9, 513, 1100])
def test_answers_in_the_order_of_the_keys(store: SqliteOnlineStore, count: int) -> None:
    store.write("v", "g", [((n,), row(n=n)) for n in range(0, 2000, 2)])
    keys: list[tuple[Any, ...]] = [(n % 700,) for n in range(count)] + [(None,), (1,), (0,)]
    answers = store.read("v", keys)
    for (n,), answer in zip(keys, answers, strict=True):
        expected = None if n is None or n % 2 else row(n=n)
        assert answer == expected


def test_a_write_replaces_the_view_and_leaves_others_alone(store: SqliteOnlineStore) -> None:
    assert store.generation("v") is None
    store.write("w", "g1", [(("a",), row(x=1))])
    store.write("v", "g1", [(("a",), row(x=1)), (("b", 2), row(x=2))])
    store.write("v", "g2", [(("a",), row(y="new", z=None)), ((None,), row(y="nobody", z=1.5))])
    assert store.read("v", [("a",), ("b", 2), (None,)]) == [row(y="new", z=None), None, None]
    assert (store.generation("v"), store.generation("w")) == ("g2", "g1")
    store.write("v", "g3", [])
    assert store.read("v", [("a",)]) == [None]
    assert store.read("v", []) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(("a",), row(x=1)), (("a",), row(x=2))], "same key"),
        ([(("a",), row(x=1)), (("b",), row(x="1"))], "several types: int, str"),
        ([(("a",), row(x=2**63))], "64-bit"),
        ([(("a",), row(x=2**53 + 1)), (("b",), row(x=0.5))], "no exact"),
        ([(("a",), row(x=datetime(2013, 1, 1)))], "time zone"),
        ([(("a",), row(x=b"raw"))], "cannot hold a bytes"),
        ([(("\ud800",), row(x=1))], "valid text"),
    ],
)
def test_a_write_that_fails_changes_nothing(
    store: SqliteOnlineStore, rows: Any, message: str
) -> None:
    store.write("v", "old", [(("a",), row(x=0))])
    with pytest.raises(StoreError, match=message):
        store.write("v", "new", rows)
    assert store.generation("v") == "old"
    assert store.read("v", [("a",)]) == [row(x=0)]


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


def test_a_view_that_was_never_written_is_an_error(store: SqliteOnlineStore) -> None:
    store.write("v", "g", [])
    with pytest.raises(StoreError, match="'w' is not in the online store"):
        store.read("w", [("a",)])


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


def test_readers_see_one_generation_while_others_are_written(store: SqliteOnlineStore) -> None:
    def write(number: int) -> None:
        rows = [((n,), row(generation=number)) for n in range(600)]
        store.write("v", f"g{number}", rows)

    write(0)
    stop, problems, seen = threading.Event(), [], set()

    def read() -> None:
        keys = [(n,) for n in range(600)]  # more than one statement
        while not stop.is_set():
            found = {r.values["generation"] if r else None for r in store.read("v", keys)}
            seen.update(found)
            if len(found) != 1:
                problems.append(found)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, 25):
        write(number)
    stop.set()
    for reader in readers:
        reader.join()
    assert not problems
    assert len(seen) > 1


WRITER = """
import sys
from pathlib import Path
from onespec.runtime.stores.online import OnlineRow
from onespec.runtime.stores.online_sqlite import SqliteOnlineStore
store = SqliteOnlineStore(Path(sys.argv[1]))
number = int(store.generation("v") or 0)
print("ready", flush=True)
while True:
    number += 1
    row = OnlineRow({"generation": number}, None, 0)
    store.write("v", str(number), [((n,), row) for n in range(3000)])
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_a_whole_generation(store: SqliteOnlineStore) -> None:
    for attempt in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        acknowledged = int(child.stdout.readline())
        time.sleep(0.003 * attempt)
        child.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, child.stdout.read().split())])
        child.wait()
        child.stdout.close()
        rows = store.read("v", [(n,) for n in range(3000)])
        found = {r.values["generation"] if r else None for r in rows}
        assert found == {int(store.generation("v") or 0)}
        assert found.pop() >= acknowledged


def test_several_writers_take_turns(store: SqliteOnlineStore) -> None:
    def write(view: str) -> None:
        for number in range(10):
            store.write(view, str(number), [((n,), row(view=view)) for n in range(50)])

    writers = [threading.Thread(target=write, args=(f"v{n}",)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    for n in range(4):
        assert store.generation(f"v{n}") == "9"
        assert store.read(f"v{n}", [(7,)]) == [row(view=f"v{n}")]


def test_a_date_and_a_timestamp_stay_what_they_are(store: SqliteOnlineStore) -> None:
    moment = datetime(2013, 7, 1, 12, 30, 0, 1, tzinfo=UTC)
    store.write("v", "g", [((date(2013, 7, 1),), row(d=date(2013, 7, 1), t=moment))])
    (found,) = store.read("v", [(date(2013, 7, 1),)])
    assert found is not None
    assert same(found.values["d"], date(2013, 7, 1))
    assert same(found.values["t"], moment)
