"""The folder store: one visible value a key, and every byte verified."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onespec.compiler.canonical import digest
from onespec.runtime.errors import StoreError
from onespec.runtime.stores.folder import FolderStore
from onespec.runtime.value import Blob, Value, Yield

KEY = digest("a key")


def made(folder: Path, content: bytes = b"content", **facts: Any) -> Yield:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "made").write_bytes(content)
    return Yield({"out": folder / "made"}, facts)


def blob_path(store: FolderStore, value: Value) -> Path:
    sha256 = value.files["out"].sha256
    return store.root / "blobs" / sha256[:2] / sha256


json_facts = st.dictionaries(
    st.text(max_size=8),
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8) | st.lists(st.integers(), max_size=3),
    max_size=4,
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    contents=st.dictionaries(st.from_regex(r"[a-z][a-z0-9_.]{0,8}", fullmatch=True), st.binary()),
    facts=json_facts,
)
def test_what_is_published_is_found(
    tmp_path: Path, contents: dict[str, bytes], facts: dict[str, Any]
) -> None:
    shutil.rmtree(tmp_path / "store", ignore_errors=True)
    files = {}
    for name, content in contents.items():
        files[name] = tmp_path / name
        files[name].write_bytes(content)
    value = FolderStore(tmp_path / "store").publish(KEY, Yield(files, facts))
    store = FolderStore(tmp_path / "store")
    assert store.find(KEY) == value
    assert value.facts == facts
    assert {n: store.fetch(b).read_bytes() for n, b in value.files.items()} == contents
    assert not list((store.root / "incoming").iterdir())


def test_the_first_writer_wins(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    first = store.publish(KEY, made(tmp_path, b"first", n=1))
    assert store.publish(KEY, made(tmp_path, b"second", n=2)) == first
    assert FolderStore(tmp_path / "store").find(KEY) == first


def test_files_are_read_only_and_scratch_is_taken_not_copied(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store", owned=tmp_path / "scratch")
    inode = made(tmp_path / "scratch").files["out"].stat().st_ino
    value = store.publish(KEY, made(tmp_path / "scratch"))
    path = store.fetch(value.files["out"])
    assert (path.stat().st_ino, path.stat().st_mode & 0o777) == (inode, 0o444)
    # What lies elsewhere is somebody's: it is copied.
    other = made(tmp_path / "elsewhere", b"other")
    store.publish(digest("other"), other)
    assert other.files["out"].read_bytes() == b"other"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def swap(path: Path) -> None:
    """With a blob of the same size."""
    other = next(p for p in path.parent.parent.glob("*/*") if p != path)
    path.rename(path.with_suffix(".tmp"))
    other.rename(path)
    path.with_suffix(".tmp").rename(other)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def remove(path: Path) -> None:
    path.unlink()


def link(path: Path) -> None:
    """To the right bytes, in a place that is not the store's."""
    other = path.parents[3] / "outside"
    path.rename(other)
    path.symlink_to(other)


@pytest.mark.parametrize(
    ("what", "damage"),
    [("blob", damage) for damage in (flip, truncate, swap, empty, remove, link)]
    + [("manifest", damage) for damage in (flip, truncate, empty, remove)],
)
def test_damage_is_a_miss_and_is_mended(tmp_path: Path, damage: Any, what: str) -> None:
    store = FolderStore(tmp_path / "store")
    value = store.publish(KEY, made(tmp_path, b"content"))
    other = store.publish(digest("other"), made(tmp_path, b"CONTENT"))
    path = blob_path(store, value)
    if what == "manifest":
        path = store.root / "values" / KEY[:2] / f"{KEY}.json"
    if not path.is_symlink():
        path.chmod(0o644)
    damage(path)
    fresh = FolderStore(tmp_path / "store")
    if what == "blob":
        with pytest.raises(StoreError, match="missing or damaged"):
            fresh.fetch(value.files["out"])
    assert fresh.find(KEY) is None
    assert fresh.publish(KEY, made(tmp_path, b"content")) == value
    if damage is not swap:
        assert fresh.find(digest("other")) == other
    assert FolderStore(tmp_path / "store").find(KEY) == value


def test_a_manifest_under_another_key_is_a_miss(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    store.publish(KEY, made(tmp_path))
    other = digest("other")
    path = store.root / "values" / KEY[:2] / f"{KEY}.json"
    target = store.root / "values" / other[:2] / f"{other}.json"
    target.parent.mkdir(exist_ok=True)
    path.rename(target)
    assert store.find(other) is None


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_hashes_become_paths(tmp_path: Path, key: str) -> None:
    store = FolderStore(tmp_path / "store")
    with pytest.raises(StoreError):
        store.find(key)
    with pytest.raises(StoreError):
        store.publish(key, made(tmp_path))
    with pytest.raises(StoreError):
        store.fetch(Blob(key, 7))


def test_what_cannot_be_stored_is_told(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
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
    assert not list((store.root / "incoming").iterdir())


def test_the_sweeper_takes_only_what_is_old(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    old, new = store.root / "incoming/new-old", store.root / "incoming/new-new"
    for path in (old, new):
        path.write_bytes(b"")
    os.utime(old, (1000, 1000))
    assert store.sweep(new.stat().st_mtime + 60) == 1
    assert [p.name for p in (store.root / "incoming").iterdir()] == ["new-new"]


PUBLISH = """
import sys
from pathlib import Path
from onespec.runtime.stores.folder import FolderStore
from onespec.runtime.value import Yield
root, key, text = sys.argv[1:4]
scratch = Path(root) / "scratch" / text
scratch.mkdir(parents=True, exist_ok=True)
(scratch / "out").write_text("content " + text)
store = FolderStore(Path(root) / "store", owned=scratch)
if len(sys.argv) > 4:
    sys.stdin.readline()
outside = Path(root) / ("outside-" + text)
outside.write_text("outside " + text)
made = Yield({"out": scratch / "out", "x": outside}, {"text": text})
print(store.publish(key, made).facts["text"])
"""


def test_concurrent_publishers_agree_on_one_value(tmp_path: Path) -> None:
    for round_number in range(4):
        key = digest(round_number)
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", PUBLISH, str(tmp_path), key, name, "wait"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for name in ("one", "two", "three")
        ]
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        told = {writer.communicate(timeout=60)[0].strip() for writer in writers}
        assert all(writer.returncode == 0 for writer in writers)
        value = FolderStore(tmp_path / "store").find(key)
        assert value is not None
        assert told == {value.facts["text"]}


# The planted bug: a blob written under its final name, piece by piece.
NAIVE = (
    PUBLISH
    + """
import hashlib, os
content = b"one" + b"two"
sha256 = hashlib.sha256(content).hexdigest()
(store.root / "blobs" / sha256[:2]).mkdir(exist_ok=True)
with open(store.root / "blobs" / sha256[:2] / sha256, "wb", buffering=0) as sink:
    sink.write(b"one")
    sink.write(b"two")
"""
)


def injected(fault: str, root: Path, program: str = PUBLISH) -> int:
    """Publish under strace with a fault, `CALL:signal=…:when=N`; the exit status."""
    call = fault.partition(":")[0]
    trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
    run = [sys.executable, "-B", "-c", program, str(root), KEY, "text"]
    return subprocess.run(
        [*trace, "-e", f"inject={fault}", *run], capture_output=True, check=False, timeout=60
    ).returncode


# The calls by which a publication reaches the disk, and how often each is made at least.
WRITES = {"write": 3, "fsync": 6, "rename": 2, "link": 1, "unlink": 1, "fchmod": 3, "flock": 3}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize(
    ("call", "fault"),
    [(call, "signal=SIGKILL") for call in WRITES]
    + [("write", "error=ENOSPC"), ("fsync", "error=EIO")],
)
def test_a_fault_at_every_write_leaves_nothing_half(tmp_path: Path, call: str, fault: str) -> None:
    points = 0
    while True:
        root = tmp_path / str(points)
        root.mkdir()
        status = injected(f"{call}:{fault}:when={points + 1}", root)
        check_store(root / "store")
        if status == 0:
            break
        points += 1
        assert points < 100
        # Whoever comes next finishes the work.
        store = FolderStore(root / "store")
        value = store.publish(KEY, made(tmp_path, b"content text", text="text"))
        assert value.facts == {"text": "text"}
        assert check_store(root / "store") == 1
        shutil.rmtree(root)
    assert check_store(root / "store") == 1
    assert points >= WRITES[call]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_faults_catch_a_naive_writer(tmp_path: Path) -> None:
    caught = 0
    for point in range(1, 20):
        root = tmp_path / str(point)
        root.mkdir()
        status = injected(f"write:signal=SIGKILL:when={point}", root, NAIVE)
        try:
            check_store(root / "store")
        except StoreError:
            caught += 1
        if status == 0:
            break
    assert status == 0
    # Before its second piece, the blob is there and is not what its name says.
    assert caught == 2


def check_store(root: Path) -> int:
    """Every visible value is whole, every visible blob is its name; how many values there are."""
    if not root.exists():
        return 0
    store = FolderStore(root)
    for path in root.glob("blobs/*/*"):
        assert store.fetch(Blob(path.name, path.stat().st_size)) == path
    keys = [path.stem for path in root.glob("values/*/*.json")]
    for key in keys:
        assert store.find(key) is not None
    assert not list((root / "quarantine").iterdir())
    return len(keys)
