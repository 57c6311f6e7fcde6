"""The folder store: one visible value a key, and every byte verified."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from onespec.compiler.canonical import digest
from onespec.runtime.errors import StoreError
from onespec.runtime.stores.folder import FolderStore
from onespec.runtime.value import Blob

from .value_places import made

KEY = digest("a key")


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


def test_a_link_is_no_stored_file(tmp_path: Path) -> None:
    """Not even one that leads to the right bytes: they lie in a place that is not the store's."""
    store = FolderStore(tmp_path / "store")
    value = store.publish(KEY, made(tmp_path))
    (path,) = store.root.glob("blobs/*/*")
    path.rename(tmp_path / "outside")
    path.symlink_to(tmp_path / "outside")
    fresh = FolderStore(tmp_path / "store")
    assert fresh.find(KEY) is None
    assert fresh.publish(KEY, made(tmp_path)) == value
    assert not path.is_symlink()


def test_files_that_have_changed_places_are_found_out(tmp_path: Path) -> None:
    """Two of the same size, each with its own times."""
    store = FolderStore(tmp_path / "store")
    for content in (b"content", b"CONTENT"):
        store.publish(digest(content.decode()), made(tmp_path, content))
    one, two = store.root.glob("blobs/*/*")
    one.rename(tmp_path / "one")
    two.rename(one)
    (tmp_path / "one").rename(two)
    assert FolderStore(tmp_path / "store").find(digest("content")) is None
    assert store.find(digest("CONTENT")) is None


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
outside = Path(root) / ("outside-" + text)
outside.write_text("outside " + text)
made = Yield({"out": scratch / "out", "x": outside}, {"text": text})
print(store.publish(key, made).facts["text"])
"""


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
