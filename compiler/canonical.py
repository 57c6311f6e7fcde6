"""Canonical JSON: equal data gives equal text, and so an equal hash."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from json.encoder import encode_basestring
from typing import Any

_FAITHFUL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical(data: Any) -> str:
    """JSON with sorted keys and no spare blanks. Raises ValueError for NaN and infinity."""
    return _FAITHFUL.encode(data)


def digest(data: Any) -> str:
    """The SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()


class CanonicalTexts:
    """The canonical JSON of dataclasses, each object's text made once however often it occurs.

    A plan holds a view in the steps of every model that reads it, and a model's features in most
    of the model's steps: what is shared is most of the text. `left_out` names the fields of a
    class that do not count.
    """

    def __init__(self, left_out: Mapping[type, frozenset[str]]) -> None:
        self._left_out = left_out
        self._names: dict[type, tuple[tuple[str, str], ...]] = {}
        # By identity; the objects are held, so that no other can take their place.
        self._made: dict[int, tuple[object, str]] = {}

    def text(self, value: Any) -> str:
        """The canonical JSON of a value of dataclasses, mappings, sequences and scalars."""
        encode = _SCALARS.get(value.__class__)
        if encode is not None:
            return encode(value)
        made = self._made.get(id(value))
        if made is None:
            made = self._made[id(value)] = value, self._compose(value)
        return made[1]

    def _compose(self, value: Any) -> str:
        text = self.text
        if isinstance(value, tuple | list):
            return f"[{','.join([text(item) for item in value])}]"
        if isinstance(value, Mapping):
            items = [f"{encode_basestring(key)}:{text(value[key])}" for key in sorted(value)]
            return f"{{{','.join(items)}}}"
        if is_dataclass(value):
            parts = [head + text(getattr(value, name)) for name, head in self._fields(value)]
            return f"{{{','.join(parts)}}}"
        return canonical(value)

    def _fields(self, value: Any) -> tuple[tuple[str, str], ...]:
        """The fields of a class that count, by name, each with its key in JSON."""
        cls = value.__class__
        names = self._names.get(cls)
        if names is None:
            left_out = self._left_out.get(cls, frozenset())
            kept = sorted({f.name for f in fields(cls)} - left_out)
            names = self._names[cls] = tuple((n, f"{encode_basestring(n)}:") for n in kept)
        return names


_SCALARS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
    float: canonical,
}
