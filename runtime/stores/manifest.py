"""The manifest of a value: its files, its facts, and the hash of this very text; and its place."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...compiler.canonical import canonical, digest
from ..errors import StoreError
from ..value import Blob, Value

_HEX = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,199}")


def manifest_path(root: Path, key: str) -> Path:
    """Where the manifest of `key` lies in the store at `root`."""
    return root / "values" / _safe_hash(key)[:2] / f"{key}.json"


def blob_path(root: Path, sha256: str) -> Path:
    """Where the file of this content lies in the store at `root`."""
    return root / "blobs" / _safe_hash(sha256)[:2] / sha256


def read_manifest(root: Path, key: str) -> Value | None:
    """The value that the manifest tells of, when it is whole and about `key`."""
    try:
        content = manifest_path(root, key).read_bytes()
    except OSError:
        return None
    return parse_manifest(content, key)


def parse_manifest(content: bytes, key: str) -> Value | None:
    """The value that a manifest tells of, when it is whole and about `key`."""
    try:
        data = json.loads(content)
        body = {name: item for name, item in data.items() if name != "self"}
        if data["self"] != digest(body) or data["key"] != key:
            return None
        files = {safe_name(n): Blob(b["sha256"], b["size"]) for n, b in data["files"].items()}
        return Value(key, files, data["facts"])
    except (ValueError, KeyError, TypeError, AttributeError, StoreError):
        return None


def manifest_text(key: str, blobs: Mapping[str, Blob], facts: Mapping[str, Any]) -> bytes:
    """The manifest's bytes. Raises StoreError for facts that are not JSON."""
    files = {name: {"sha256": blob.sha256, "size": blob.size} for name, blob in blobs.items()}
    try:
        # Through JSON and back, so that the hash is that of what a reader will see.
        body = json.loads(canonical({"key": key, "files": files, "facts": dict(facts)}))
    except (TypeError, ValueError) as error:
        raise StoreError(f"the facts of a value must be plain JSON: {error}") from error
    return canonical({**body, "self": digest(body)}).encode()


def _safe_hash(text: str) -> str:
    """The one guard of paths: what becomes a path is 64 hexadecimal digits, nothing else."""
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise StoreError(f"not a key of the artifact store: {str(text)[:80]!r}")
    return text


def safe_name(name: str) -> str:
    """The name of a file within a value. Raises StoreError for what could be a path."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise StoreError(f"not a file name of a value: {str(name)[:80]!r}")
    return name
