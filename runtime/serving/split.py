"""Who is asked about a row in a rollout: the same entity gets the same answerer every time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

_BITS = 64


@dataclass(frozen=True, slots=True)
class Split:
    """The challenger's share of the entities.

    An entity has a place between 0 and 1, by a hash of its key that `salt` tells apart from those
    of other rollouts; the challenger is asked about the places below `share`. So a larger share
    only adds entities.
    """

    salt: str
    share: float
    keys: tuple[str, ...]

    def challenges(self, row: Mapping[str, Any], request_id: str) -> bool:
        """Whether the challenger is asked; a row without a key goes by its request."""
        return place(self.salt, [row.get(name) for name in self.keys], request_id) < self.share


def place(salt: str, key: Sequence[Any], request_id: str) -> float:
    """The place of an entity, at least 0 and below 1: the same in every process."""
    known = any(value is not None for value in key)
    told = _ENCODE([salt, *key] if known else [salt, {"request": request_id}])
    digest = blake2b(told.encode(), digest_size=_BITS // 8).digest()
    # The upper 53 bits: a float holds them exactly, and never rounds up to 1.
    return (int.from_bytes(digest) >> (_BITS - 53)) / 2.0**53


def _text(value: Any) -> str:
    """Instants and dates as they are written; all are in UTC here."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} is not a key")


_ENCODE = json.JSONEncoder(default=_text).encode
"""Made once: an encoder for each row would cost more than the hash."""
