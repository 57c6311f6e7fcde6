"""The artifact store: values by key, files by content, published once and verified on read."""

from pathlib import Path
from typing import Protocol

from ..value import Blob, Value, Yield


class ValueIndex(Protocol):
    """What values there are."""

    def find(self, key: str) -> Value | None:
        """The value under `key`; None when there is none, or when its files are missing."""


class ArtifactStore(ValueIndex, Protocol):
    """Where values live. Implementations must publish atomically (see docs/reliability.md)."""

    def publish(self, key: str, made: Yield) -> Value:
        """Commit under `key`; when another writer was first, its value is returned."""

    def fetch(self, blob: Blob) -> Path:
        """A local, read-only file with the blob's verified content. Raises StoreError."""

    def at_hand(self, blob: Blob) -> Path | None:
        """The same, if it need not be fetched from elsewhere."""

    def sweep(self, now: float) -> int:
        """Remove what killed writers left, and return how much. `now` in seconds."""
