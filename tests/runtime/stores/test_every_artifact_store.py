"""What every artifact store promises: one visible value a key, and every byte verified."""

import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onespec.compiler.canonical import digest
from onespec.runtime.errors import StoreError
from onespec.runtime.stores.manifest import blob_path, manifest_path
from onespec.runtime.value import Blob, Value, Yield

from .value_places import FolderPlace, S3Place, ValuePlace, made

KEY = digest("a key")


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> ValuePlace:
    """An empty store."""
    if request.param == "folder":
        return FolderPlace(tmp_path / "store")
    return S3Place(request.getfixturevalue("s3").place(), tmp_path / "machines")


def blob_name(value: Value) -> str:
    return blob_path(Path(), value.files["out"].sha256).as_posix()


def manifest_name(key: str = KEY) -> str:
    return manifest_path(Path(), key).as_posix()


json_facts = st.dictionaries(
    st.text(max_size=8),
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8) | st.lists(st.integers(), max_size=3),
    max_size=4,
)  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    contents=st.dictionaries(st.from_regex(r"[a-z][a-z0-9_.]{0,8}", fullmatch=True), st.binary()),
    facts=json_facts,
    number=st.integers(0, 2**60),
)
def test_what_is_published_is_found(
    place: ValuePlace,
    tmp_path: Path,
    contents: dict[str, bytes],
    facts: dict[str, Any],
    number: int,
) -> None:
    key = digest([number, sorted(contents), facts])
    files = {}
    for name, content in contents.items():
        files[name] = tmp_path / f"file-{name}"
        files[name].write_bytes(content)
    value = place.open().publish(key, Yield(files, facts))
    store = place.open()
    assert store.find(key) == place.index().find(key)
    if value.facts == facts and value.files.keys() == files.keys():  # else a first writer's
        assert store.find(key) == value
        assert {n: store.fetch(b).read_bytes() for n, b in value.files.items()} == contents


def test_the_first_writer_wins(place: ValuePlace, tmp_path: Path) -> None:
    store = place.open()
    first = store.publish(KEY, made(tmp_path, b"first", n=1))
    assert store.publish(KEY, made(tmp_path, b"second", n=2)) == first
    assert place.open().publish(KEY, made(tmp_path, b"third", n=3)) == first
    assert place.open().find(KEY) == first
    assert place.open().fetch(first.files["out"]).read_bytes() == b"first"


def test_what_is_fetched_is_read_only(place: ValuePlace, tmp_path: Path) -> None:
    value = place.open().publish(KEY, made(tmp_path))
    assert place.open().fetch(value.files["out"]).stat().st_mode & 0o777 == 0o444


def test_a_large_file_travels_in_parts(place: ValuePlace, tmp_path: Path) -> None:
    content = random.Random(1).randbytes(21 << 20)
    value = place.open().publish(KEY, made(tmp_path, content))
    assert place.open().fetch(value.files["out"]).read_bytes() == content


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def truncate(content: bytes) -> bytes:
    return content[:-1]


def swap(_: bytes) -> bytes:
    """Of the same size."""
    return b"CONTENT"


def empty(_: bytes) -> bytes:
    return b""


def remove(_: bytes) -> None:
    return None


@pytest.mark.parametrize(
    ("what", "damage"),
    [("blob", damage) for damage in (flip, truncate, swap, empty, remove)]
    + [("manifest", damage) for damage in (flip, truncate, empty, remove)],
)
def test_damage_is_a_miss_and_is_mended(
    place: ValuePlace, tmp_path: Path, what: str, damage: Callable[[bytes], bytes | None]
) -> None:
    store = place.open()
    value = store.publish(KEY, made(tmp_path, b"content"))
    other = store.publish(digest("other"), made(tmp_path, b"CONTENT"))
    name = blob_name(value) if what == "blob" else manifest_name()
    content = damage(place.read(name))
    if content is None:
        place.remove(name)
    else:
        place.write(name, content)
    fresh = place.open()
    if what == "blob":
        with pytest.raises(StoreError, match="missing or damaged") as raised:
            fresh.fetch(value.files["out"])
        assert "run the plan again" in raised.value.remedy
        if content is not None:
            (kept,) = place.names("quarantine/")
            assert place.read(kept) == content
    assert fresh.find(KEY) is None
    assert place.index().find(KEY) is None
    assert fresh.publish(KEY, made(tmp_path, b"content")) == value
    assert fresh.find(digest("other")) == other
    again = place.open()
    assert again.find(KEY) == value
    assert again.fetch(value.files["out"]).read_bytes() == b"content"


def test_a_manifest_under_another_key_is_a_miss(place: ValuePlace, tmp_path: Path) -> None:
    place.open().publish(KEY, made(tmp_path))
    other = digest("other")
    place.write(manifest_name(other), place.read(manifest_name()))
    assert place.open().find(other) is None


def test_only_one_of_many_who_mend_a_value_does(place: ValuePlace, tmp_path: Path) -> None:
    store = place.open()
    for attempt in range(3):
        key = digest(attempt)
        store.publish(key, made(tmp_path, b"first"))
        place.write(manifest_name(key), b"damaged")
        stores = [place.open() for _ in range(6)]

        def mend(number: int, key: str = key, stores: list[Any] = stores) -> Value:
            folder = tmp_path / f"by-{number}"
            value: Value = stores[number].publish(key, made(folder, b"%d" % number, n=number))
            return value

        with ThreadPoolExecutor(6) as pool:
            told = list(pool.map(mend, range(6)))
        assert all(value == told[0] for value in told)
        assert place.open().find(key) == told[0]


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_hashes_become_paths(place: ValuePlace, tmp_path: Path, key: str) -> None:
    store = place.open()
    with pytest.raises(StoreError):
        store.find(key)
    with pytest.raises(StoreError):
        store.publish(key, made(tmp_path))
    with pytest.raises(StoreError):
        store.fetch(Blob(key, 7))


def test_what_cannot_be_stored_is_told(place: ValuePlace, tmp_path: Path) -> None:
    store = place.open()
    (tmp_path / "link").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "link", tmp_path / "pipe", tmp_path, tmp_path / "absent"):
        with pytest.raises(StoreError):
            store.publish(KEY, Yield({"out": path}))
    with pytest.raises(StoreError, match="plain JSON"):
        store.publish(KEY, Yield(facts={"auc": float("nan")}))
    with pytest.raises(StoreError, match="not a file name"):
        store.publish(KEY, Yield({"../out": made(tmp_path).files["out"]}))
    assert store.find(KEY) is None
    assert place.names("values/") == []


PUBLISH = """
name, *keys = sys.argv[2:]
scratch = machine / "scratch" / name
scratch.mkdir(parents=True)
print("ready", flush=True)
for key in keys:
    sys.stdin.readline()
    (scratch / "out").write_text("content " + name + key)
    outside = machine / ("outside-" + name + key)
    outside.write_text("outside " + name)
    made = Yield({"out": scratch / "out", "x": outside}, {"text": name})
    print(store.publish(key, made).facts["text"], flush=True)
"""


def test_concurrent_publishers_agree_on_one_value(place: ValuePlace, tmp_path: Path) -> None:
    keys = [digest(number) for number in range(8)]
    names = ("one", "two", "three")
    writers = [place.run(PUBLISH, tmp_path / name, name, *keys) for name in names]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for key in keys:
            for writer in writers:
                assert writer.stdin is not None
                writer.stdin.write("go\n")
                writer.stdin.flush()
            told = {writer.stdout.readline().strip() for writer in writers if writer.stdout}
            store = place.open()
            value = store.find(key)
            assert value is not None
            assert told == {value.facts["text"]}
            text = store.fetch(value.files["out"]).read_text()
            assert text == "content " + value.facts["text"] + key
    finally:
        for writer in writers:
            errors = writer.communicate(timeout=60)[1]
            assert writer.returncode == 0, errors
