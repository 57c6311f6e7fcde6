"""Every online store: what is read is what was written, whole, whatever happens."""

import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers.online import AnyStore, Online
from servers.redis import RedisServer

from onespec.runtime.errors import StoreError
from onespec.runtime.stores.online import OnlineRow


@pytest.fixture(params=["sqlite", "redis"])
def online(request: pytest.FixtureRequest, tmp_path: Path) -> Online:
    if request.param == "sqlite":
        return Online(str(tmp_path / "online.sqlite"))
    server: RedisServer = request.getfixturevalue("redis_server")
    return Online(server.url, server.product(), server.password)


@pytest.fixture
def store(online: Online) -> Iterator[AnyStore]:
    store = online.open()
    yield store
    store.close()


def row(**values: Any) -> OnlineRow:
    return OnlineRow(values, 1, 2)


@pytest.mark.parametrize("count", [1, 2, 8, 9, 513, 1100])
def test_answers_in_the_order_of_the_keys(store: AnyStore, count: int) -> None:
    store.write("v", "g", [((n,), row(n=n)) for n in range(0, 2000, 2)])
    keys: list[tuple[Any, ...]] = [(n % 700,) for n in range(count)] + [(None,), (1,), (0,)]
    answers = store.read("v", keys)
    for (n,), answer in zip(keys, answers, strict=True):
        expected = None if n is None or n % 2 else row(n=n)
        assert answer == expected


def test_a_write_replaces_the_view_and_leaves_others_alone(store: AnyStore) -> None:
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
def test_a_write_that_fails_changes_nothing(store: AnyStore, rows: Any, message: str) -> None:
    store.write("v", "old", [(("a",), row(x=0))])
    with pytest.raises(StoreError, match=message):
        store.write("v", "new", rows)
    assert store.generation("v") == "old"
    assert store.read("v", [("a",)]) == [row(x=0)]


def test_a_view_that_was_never_written_is_an_error(store: AnyStore) -> None:
    store.write("v", "g", [])
    with pytest.raises(StoreError, match="'w' is not in the online store"):
        store.read("w", [("a",)])


def test_readers_see_one_generation_while_others_are_written(store: AnyStore) -> None:
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
from onespec.runtime.stores.online import OnlineRow
number = int(store.generation("v") or 0)
print("ready", flush=True)
while True:
    number += 1
    row = OnlineRow({"generation": number}, None, 0)
    store.write("v", str(number), [((n,), row) for n in range(3000)])
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_a_whole_generation(store: AnyStore, online: Online) -> None:
    for attempt in range(5):
        child = online.run(WRITER)
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


def test_several_writers_take_turns(store: AnyStore) -> None:
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


def test_a_date_and_a_timestamp_stay_what_they_are(store: AnyStore) -> None:
    moment = datetime(2013, 7, 1, 12, 30, 0, 1, tzinfo=UTC)
    store.write("v", "g", [((date(2013, 7, 1),), row(d=date(2013, 7, 1), t=moment))])
    (found,) = store.read("v", [(date(2013, 7, 1),)])
    assert found is not None
    assert (type(found.values["d"]), found.values["d"]) == (date, date(2013, 7, 1))
    assert found.values["t"] == moment


def test_the_newest_instant_stays_whoever_comes_last(store: AnyStore) -> None:
    def write(generation: str, as_of: int, definition: str = "d", go_back: bool = False) -> str:
        made = [(("a",), row(of=generation))]
        store.write("v", generation, made, definition=definition, as_of=as_of, go_back=go_back)
        (found,) = store.read("v", [("a",)])
        assert found is not None
        assert store.generation("v") == found.values["of"]
        return str(found.values["of"])

    assert not store.overtaken("v", "d", 0)
    assert write("tuesday", 2 * 10**15) == "tuesday"
    assert write("monday", 2 * 10**15 - 1) == "tuesday"  # a backfill
    assert write("tuesday, late rows too", 2 * 10**15) == "tuesday, late rows too"
    assert store.overtaken("v", "d", 2 * 10**15 - 1)
    assert not store.overtaken("v", "d", 2 * 10**15)
    assert not store.overtaken("v", "other", 0)
    assert not store.overtaken("w", "d", 0)
    assert write("before the epoch", -1) == "tuesday, late rows too"
    assert write("meant", 1, go_back=True) == "meant"
    assert write("another definition", -(10**15), definition="e") == "another definition"
    assert write("of it, later", -1, definition="e") == "of it, later"


def test_of_many_who_write_at_once_the_newest_instant_stays(store: AnyStore) -> None:
    instants = [3, 9, 1, 7, 5, 8, 2, 6]
    threads = [
        threading.Thread(
            target=store.write,
            args=("v", str(n), [((k,), row(of=n)) for k in range(50)]),
            kwargs={"definition": "d", "as_of": n},
        )
        for n in instants
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.generation("v") == "9"
    assert {r.values["of"] for r in store.read("v", [(k,) for k in range(50)]) if r} == {9}


def test_a_writer_that_fails_leaves_nothing_behind_and_may_come_again(store: AnyStore) -> None:
    rows = [((n,), row(n=n)) for n in range(2500)]
    with pytest.raises(StoreError, match="same key"):
        store.write("v", "g", [*rows, ((1,), row(n=0))])
    assert store.generation("v") is None
    store.write("v", "g", rows)
    store.write("v", "g", rows)
    assert store.read("v", [(2499,)]) == [row(n=2499)]


KEYS = st.tuples(st.integers(0, 5) | st.sampled_from(["", "1", "é"]) | st.booleans() | st.none())
CELLS = st.none() | st.floats(allow_nan=False, width=32)
WRITE = st.tuples(
    st.sampled_from("vw"),
    st.dictionaries(KEYS, st.tuples(CELLS, CELLS), max_size=6),
    st.sampled_from("de"),
    st.integers(-3, 3),
    st.booleans(),
)
READ = st.tuples(st.sampled_from("vw"), st.lists(KEYS, max_size=8))


@given(st.lists(WRITE | READ, max_size=8))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_store_answers_as_a_dictionary_would(
    redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory, asked: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("model")
    stores: list[AnyStore] = [
        Online(str(folder / "online.sqlite")).open(),
        Online(redis_server.url, redis_server.product(), redis_server.password).open(),
    ]
    model: dict[str, tuple[str, int, str, dict[Any, OnlineRow]]] = {}
    for number, one in enumerate([("v", {}, "d", 0, False), *asked]):
        if len(one) == 2:
            view, keys = one
            for store in stores:
                if view not in model:
                    with pytest.raises(StoreError, match="not in the online store"):
                        store.read(view, keys)
                else:
                    assert list(store.read(view, keys)) == [
                        None if None in key else _found(model[view][3], key) for key in keys
                    ]
            continue
        view, cells, definition, as_of, go_back = one
        rows = {key: OnlineRow({"x": x, "y": y}, as_of, number) for key, (x, y) in cells.items()}
        distinct = {_typed(key): (key, made) for key, made in rows.items()}
        for store in stores:
            store.write(
                view,
                str(number),
                list(distinct.values()),
                definition=definition,
                as_of=as_of,
                go_back=go_back,
            )
        there = model.get(view)
        if there is None or there[0] != definition or there[1] <= as_of or go_back:
            held = {typed: made for typed, (_, made) in distinct.items()}
            model[view] = (definition, as_of, str(number), held)
        for store in stores:
            assert store.generation(view) == model[view][2]
            assert store.overtaken(view, definition, as_of) == (model[view][1] > as_of)
    for store in stores:
        store.close()


def _typed(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """`1` and `True` are one key of a dictionary, and two of a store."""
    return tuple((type(part).__name__, part) for part in key)


def _found(held: dict[Any, OnlineRow], key: tuple[Any, ...]) -> OnlineRow | None:
    return held.get(_typed(key))
