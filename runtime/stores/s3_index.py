"""What an artifact store on S3 holds, told from manifests and sizes alone."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..value import Blob, Value
from .manifest import blob_path, manifest_path, parse_manifest
from .s3_bucket import Bucket

_PARALLEL = 8


class S3Index:
    """A `ValueIndex` that makes nothing, and reads no file."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    def find(self, key: str) -> Value | None:
        """The value under `key`; None when there is none, when its manifest is damaged, or when a
        file is missing or not as long as it should be."""
        found = self.bucket.get(manifest_name(key))
        value = None if found is None else parse_manifest(found.content, key)
        return value if value is not None and self.holds(value) else None

    def holds(self, value: Value) -> bool:
        """Whether all files of a value are there."""
        blobs = list(dict.fromkeys(value.files.values()))
        if len(blobs) < 2:
            return all(map(self.has, blobs))
        with ThreadPoolExecutor(_PARALLEL) as pool:
            return all(pool.map(self.has, blobs))

    def has(self, blob: Blob) -> bool:
        """Whether a file is there, as long as it should be."""
        return self.bucket.size(blob_name(blob.sha256)) == blob.size


def manifest_name(key: str) -> str:
    """The name of a manifest in the bucket."""
    return manifest_path(Path(), key).as_posix()


def blob_name(sha256: str) -> str:
    """The name of a file's content in the bucket."""
    return blob_path(Path(), sha256).as_posix()
