"""Canonical JSON: equal data gives equal text, and so an equal hash."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, TypeAlias

_FAITHFUL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)

_Shape: TypeAlias = tuple[tuple[str, ...], "attrgetter[Any]"]


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
        self._shapes: dict[type, _Shape] = {}
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
        shape = self._shapes.get(value.__class__)
        if shape is not None:
            return self._object(shape, value)
        if isinstance(value, tuple):
            return f"[{','.join([self.text(item) for item in value])}]"
        if is_dataclass(value):
            cls: Any = value.__class__
            shape = self._shapes[cls] = self._shape(cls)
            return self._object(shape, value)
        if isinstance(value, dict) and any(map(is_dataclass, value.values())):
            names = sorted(value)
            heads = tuple(f"{encode_basestring(name)}:" for name in names)
            return self._keyed(heads, [value[name] for name in names])
        return canonical(value)

    def _object(self, shape: _Shape, value: Any) -> str:
        heads, values_of = shape
        return self._keyed(heads, values_of(value))

    def _keyed(self, heads: tuple[str, ...], values: Iterable[Any]) -> str:
        parts = []
        for head, value in zip(heads, values, strict=False):
            encode = SCALARS.get(value.__class__)
            parts.append(head + (self.text(value) if encode is None else encode(value)))
        return f"{{{','.join(parts)}}}"

    def _shape(self, cls: Any) -> _Shape:
        """The keys in JSON of the fields that count, by name, and what gets their values."""
        left_out = self._left_out.get(cls, frozenset())
        names = sorted({f.name for f in fields(cls)} - left_out)
        heads = tuple(f"{encode_basestring(name)}:" for name in names)
        # One name more, so that a class of one field gives a tuple, too; nothing reads it.
        return heads, attrgetter(*names, names[0])


SCALARS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
    float: canonical,
}
"""The JSON of what most values are, without the way through an encoder."""
