"""The artifact store on S3: blobs by content, one manifest a key, first writer wins.

blobs/ab/abcd…        a file's bytes under their SHA-256
values/12/12ef….json  a value: its files, its facts, and the hash of this very text
quarantine/…          what did not hash to its name, kept for whoever wants to know why
store.json            which form of store this is
"""

import json
from pathlib import Path

from ..errors import StoreError
from ..value import Blob, Value, Yield
from .atomic import hash_file
from .folder import FolderStore
from .manifest import manifest_text, parse_manifest, safe_name
from .s3_bucket import Bucket
from .s3_index import S3Index, blob_name, manifest_name

MARKER = "store.json"
FORM = {"store": "onespec artifacts", "version": 1}

_ATTEMPTS = 10
_DOWNLOADS = 2


class S3Store(S3Index):
    """An `ArtifactStore` in a bucket. `cache` keeps the files that this machine made or read.

    A manifest is written with `If-None-Match: *`, so that the service itself lets the first writer
    win; a damaged one is replaced with `If-Match`, so that of many who mend it one does.
    """

    def __init__(self, bucket: Bucket, cache: FolderStore) -> None:
        super().__init__(bucket)
        self._cache = cache
        self._proven = False

    def publish(self, key: str, made: Yield) -> Value:
        """Commit under `key`; when another writer was first, its value is returned."""
        name = manifest_name(key)
        files = {safe_name(n): file for n, file in sorted(made.files.items())}
        added = {file: self._cache.add(file) for file in dict.fromkeys(files.values())}
        text = manifest_text(key, {n: added[file] for n, file in files.items()}, made.facts)
        self._prove()
        for blob in dict.fromkeys(added.values()):
            if not self.has(blob):
                self.bucket.upload(blob_name(blob.sha256), self._cache.fetch(blob))
        ours = parse_manifest(text, key)
        assert ours is not None
        for _ in range(_ATTEMPTS):
            if self.bucket.create(name, text):
                return ours
            found = self.bucket.get(name)
            if found is None:
                continue
            theirs = parse_manifest(found.content, key)
            if theirs is not None and self.holds(theirs):
                return theirs
            if self.bucket.replace(name, text, found.mark):
                return ours
        raise StoreError(
            f"the value {key[:12]}… changes as often as it is written: {self.bucket.url}"
        )

    def fetch(self, blob: Blob) -> Path:
        """A local, read-only file with the blob's verified content. Raises StoreError."""
        path = self.at_hand(blob)
        if path is not None:
            return path
        name = blob_name(blob.sha256)
        for _ in range(_DOWNLOADS):
            temporary = self._cache.temporary()
            try:
                if self.bucket.size(name) != blob.size:
                    break
                whole = self.bucket.download(name, blob.size, temporary)
                if whole and hash_file(temporary) == blob.sha256:
                    self._cache.add(temporary)
                    return self._cache.fetch(blob)
            finally:
                temporary.unlink(missing_ok=True)
        self.bucket.move(name, f"quarantine/{blob.sha256}")
        raise StoreError(
            f"the stored file {blob.sha256[:12]}… is missing or damaged in {self.bucket.url}",
            remedy="run the plan again: what is lost or damaged is made anew",
        )

    def at_hand(self, blob: Blob) -> Path | None:
        """The verified file, if this machine has it."""
        return self._cache.at_hand(blob)

    def sweep(self, now: float) -> int:
        """Remove temporaries that a killed process left in the cache. `now` in seconds."""
        return self._cache.sweep(now)

    def _prove(self) -> None:
        """That the service keeps the promise on which ours stands, before the first writing.

        There are services that ignore `If-None-Match`: on them the last writer would win, unseen.
        """
        if self._proven:
            return
        text = json.dumps(FORM).encode()
        if self.bucket.create(MARKER, text) and self.bucket.create(MARKER, text):
            raise StoreError(
                f"the service behind {self.bucket.url} ignores `If-None-Match`, so that two "
                "writers of one key could both succeed",
                remedy="use a service or a version of it with conditional writes, such as Amazon "
                "S3, MinIO or Cloudflare R2",
            )
        found = self.bucket.get(MARKER)
        if found is None or found.content != text:
            raise StoreError(
                f"{self.bucket.url} is no artifact store that this version can write",
                remedy=f"update onespec, or choose another prefix: see {MARKER} there",
            )
        self._proven = True
