"""The artifact store in a folder: blobs by content, one manifest a key, first writer wins.

blobs/ab/abcd…        a file's bytes under their SHA-256, read-only
values/12/12ef….json  a value: its files, its facts, and the hash of this very text
incoming/             what is being written; nothing here is ever served
quarantine/           what did not hash to its name, kept for whoever wants to know why
"""

import os
from contextlib import AbstractContextManager
from pathlib import Path

from ..errors import StoreError
from ..value import Blob, Value, Yield
from .atomic import (
    copy_sealed,
    hash_file,
    locked,
    make_folder,
    new_temporary,
    seal,
    sync_folder,
    write_sealed,
)
from .manifest import blob_path, manifest_path, manifest_text, read_manifest, safe_name

STALE_AFTER = 24 * 3600.0

_ATTEMPTS = 5


class FolderStore:
    """An `ArtifactStore` on a local or shared file system that has hard links.

    `owned` is a folder on the same file system whose files may be taken instead of copied: the
    scratch folder of the steps.
    """

    def __init__(self, root: Path, owned: Path | None = None) -> None:
        self.root = root.resolve()
        self._owned = (self.root / "incoming", *((owned.resolve(),) if owned else ()))
        self._seen: dict[tuple[int, ...], str] = {}
        for name in ("blobs", "values", "incoming", "quarantine"):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def find(self, key: str) -> Value | None:
        """The value under `key`, with every file verified; what is damaged is set aside."""
        path = manifest_path(self.root, key)
        value = read_manifest(self.root, key)
        if value is not None and all(self._sound(blob) for blob in value.files.values()):
            return value
        if path.exists():
            self._set_aside(path, key)
            return self.find(key)
        return None

    def publish(self, key: str, made: Yield) -> Value:
        """Commit under `key`; when another writer was first, its value is returned."""
        path = manifest_path(self.root, key)
        added = {file: self.add(file) for file in dict.fromkeys(made.files.values())}
        blobs = {safe_name(name): added[file] for name, file in sorted(made.files.items())}
        text = manifest_text(key, blobs, made.facts)
        make_folder(path.parent)
        temporary = write_sealed(text, self.root / "incoming")
        try:
            return self._link(temporary, path, key)
        finally:
            temporary.unlink(missing_ok=True)

    def fetch(self, blob: Blob) -> Path:
        """A local, read-only file with the blob's verified content. Raises StoreError."""
        path = self.at_hand(blob)
        if path is not None:
            return path
        raise StoreError(
            f"the stored file {blob.sha256[:12]}… is missing or damaged",
            remedy="run the plan again: what is lost or damaged is made anew",
        )

    def at_hand(self, blob: Blob) -> Path | None:
        """The verified file, if this machine has it; what is damaged is set aside."""
        path = blob_path(self.root, blob.sha256)
        if self._sound(blob):
            return path
        self._quarantine_blob(blob)
        return None

    def temporary(self) -> Path:
        """A new, empty file that `add` takes instead of copying it."""
        return new_temporary(self.root / "incoming")

    def sweep(self, now: float, older_than: float = STALE_AFTER) -> int:
        """Remove temporaries that a killed writer left more than `older_than` seconds ago."""
        removed = 0
        for path in (self.root / "incoming").iterdir():
            try:
                if now - path.stat().st_mtime > older_than:
                    path.unlink()
                    removed += 1
            except FileNotFoundError:
                continue
        return removed

    def add(self, file: Path) -> Blob:
        """Bring a file in under its content. The folder's name for it is durable on return."""
        if self._may_take(file):
            sha256, size = seal(file)
            temporary = file
        else:
            temporary, sha256, size = copy_sealed(file, self.root / "incoming")
        blob = Blob(sha256, size)
        path = blob_path(self.root, sha256)
        make_folder(path.parent)
        with self._lock():
            if self._sound(blob):
                temporary.unlink()
            else:
                temporary.replace(path)
                self._seen[_signature(path.stat())] = sha256
        sync_folder(path.parent)
        return blob

    def _may_take(self, file: Path) -> bool:
        if not any(file.resolve().is_relative_to(folder) for folder in self._owned):
            return False
        facts = file.lstat()
        return facts.st_nlink == 1 and facts.st_dev == self.root.stat().st_dev

    def _link(self, temporary: Path, path: Path, key: str) -> Value:
        for _ in range(_ATTEMPTS):
            try:
                with self._lock():
                    os.link(temporary, path)
            except FileExistsError:
                pass
            except OSError as error:
                raise StoreError(
                    f"cannot publish in {self.root}: {error.strerror}",
                    remedy="the artifact store needs a file system with hard links and free space",
                ) from error
            sync_folder(path.parent)
            value = self.find(key)
            if value is not None:
                return value
        raise StoreError(f"the value {key[:12]}… is damaged as soon as it is written: {self.root}")

    def _sound(self, blob: Blob) -> bool:
        """Whether the stored bytes are the blob's. A file is hashed once while it stays as it is:
        the memory goes by inode, size and times."""
        path = blob_path(self.root, blob.sha256)
        try:
            facts = path.lstat()
            if facts.st_size != blob.size:
                return False
            signature = _signature(facts)
            if signature not in self._seen:
                self._seen[signature] = hash_file(path)
        except (OSError, StoreError):
            return False
        return self._seen[signature] == blob.sha256

    def _set_aside(self, path: Path, key: str) -> None:
        """Quarantine a manifest, and its damaged blobs, unless someone has just repaired them."""
        with self._lock():
            value = read_manifest(self.root, key)
            damaged = [b for b in value.files.values() if not self._sound(b)] if value else []
            if value is not None and not damaged:
                return
            self._quarantine(path)
            for blob in damaged:
                self._quarantine(blob_path(self.root, blob.sha256))

    def _quarantine_blob(self, blob: Blob) -> None:
        with self._lock():
            if not self._sound(blob):
                self._quarantine(blob_path(self.root, blob.sha256))

    def _quarantine(self, path: Path) -> None:
        try:
            path.rename(self.root / "quarantine" / f"{path.name}.{path.lstat().st_ino}")
            sync_folder(path.parent)
        except FileNotFoundError:
            return

    def _lock(self) -> AbstractContextManager[None]:
        return locked(self.root / "lock")


def _signature(facts: os.stat_result) -> tuple[int, ...]:
    return (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
