"""Canonical JSON: equal data gives equal text, and so an equal hash."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from json.encoder import encode_basestring
from operator import attrgetter
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
        self._shapes: dict[type, tuple[tuple[str, ...], attrgetter[Any]]] = {}
        # By identity; the objects are held, so that no other can take their place.
        self._made: dict[int, tuple[object, str]] = {}

    def text(self, value: Any) -> str:
        """The canonical JSON of a value of dataclasses, mappings, sequences and scalars."""
        encode = SCALARS.get(value.__class__)
        if encode is not None:
            return encode(value)
        made = self._made.get(id(value))
        if made is None:
            made = self._made[id(value)] = value, self._compose(value)
        return made[1]

    def _compose(self, value: Any) -> str:
        if isinstance(value, tuple):
            return f"[{','.join([self.text(item) for item in value])}]"
        if is_dataclass(value):
            heads, values = self._fields(value)
            return f"{{{','.join(self._keyed(heads, values))}}}"
        if isinstance(value, dict) and any(map(is_dataclass, value.values())):
            names = sorted(value)
            keys = [f"{encode_basestring(name)}:" for name in names]
            return f"{{{','.join(self._keyed(keys, [value[name] for name in names]))}}}"
        return canonical(value)

    def _keyed(self, heads: Sequence[str], values: Iterable[Any]) -> list[str]:
        parts = []
        for head, value in zip(heads, values, strict=True):
            encode = SCALARS.get(value.__class__)
            parts.append(head + (self.text(value) if encode is None else encode(value)))
        return parts

    def _fields(self, value: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """The keys in JSON of the fields that count, by name, and their values."""
        cls = value.__class__
        known = self._shapes.get(cls)
        if known is None:
            left_out = self._left_out.get(cls, frozenset())
            names = sorted({f.name for f in fields(cls)} - left_out)
            heads = tuple(f"{encode_basestring(name)}:" for name in names)
            # A second name, so that the getter gives a tuple even for a class of one field.
            known = self._shapes[cls] = heads, attrgetter(*names, names[0])
        heads, values_of = known
        return heads, values_of(value)[:-1]


SCALARS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
    float: canonical,
}
"""The JSON of what most values are, without the way through an encoder."""
