"""Files that are on disk whole or not at all, whatever instant the machine stops at."""

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import StoreError

BLOCK = 1 << 20
READ_ONLY = 0o444


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a rename is not, until this returns."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """A folder whose own name is durable, too."""
    folder.mkdir(parents=True, exist_ok=True)
    sync_folder(folder.parent)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone, among all threads and processes that ask for `path`; a killed holder lets go."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def open_regular(path: Path) -> int:
    """A descriptor to read a regular file. Raises StoreError for links, pipes and folders."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise StoreError(f"cannot read the file {path}: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise StoreError(f"{path} is not a regular file")
    return handle


def hash_file(path: Path) -> str:
    """The SHA-256 of a regular file, in hexadecimal."""
    with os.fdopen(open_regular(path), "rb", buffering=0) as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def seal(path: Path) -> tuple[str, int]:
    """Hash a finished file, make it read-only and durable: `(sha256, size in bytes)`."""
    with os.fdopen(open_regular(path), "rb", buffering=0) as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        os.fchmod(source.fileno(), READ_ONLY)
        os.fsync(source.fileno())
        return sha256, os.fstat(source.fileno()).st_size


def copy_sealed(path: Path, folder: Path) -> tuple[Path, str, int]:
    """Copy a file into `folder` under a temporary name, hashing on the way."""
    temporary = new_temporary(folder)
    hasher = hashlib.sha256()
    size = 0
    try:
        with (
            os.fdopen(open_regular(path), "rb", buffering=0) as source,
            temporary.open("wb", buffering=0) as sink,
        ):
            while block := source.read(BLOCK):
                hasher.update(block)
                _write_all(sink.fileno(), block)
                size += len(block)
            os.fchmod(sink.fileno(), READ_ONLY)
            os.fsync(sink.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary, hasher.hexdigest(), size


def write_sealed(content: bytes, folder: Path) -> Path:
    """A new, durable, read-only file in `folder`, under a temporary name."""
    temporary = new_temporary(folder)
    try:
        with temporary.open("wb", buffering=0) as sink:
            _write_all(sink.fileno(), content)
            os.fchmod(sink.fileno(), READ_ONLY)
            os.fsync(sink.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def replace_text(path: Path, text: str) -> None:
    """Write a text file of the project, so that either the old or the new one is there, whole.

    A link is followed, and the permissions of an earlier file are kept. Raises StoreError.
    """
    final = Path(os.path.realpath(path))
    temporary = final.with_name(f".{final.name}.{os.getpid()}.tmp")
    try:
        try:
            with temporary.open("wb", buffering=0) as sink:
                if final.exists():
                    os.fchmod(sink.fileno(), stat.S_IMODE(final.stat().st_mode))
                _write_all(sink.fileno(), text.encode())
                os.fsync(sink.fileno())
            temporary.replace(final)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(final.parent)
    except OSError as error:
        raise StoreError(
            f"cannot write {path}: {error.strerror}",
            remedy="see to the folder's permissions and free space",
        ) from error


def new_temporary(folder: Path) -> Path:
    """An empty file in `folder` that nobody else has."""
    handle, name = tempfile.mkstemp(dir=folder, prefix="new-")
    os.close(handle)
    return Path(name)


def _write_all(handle: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]
