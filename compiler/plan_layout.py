"""JSON laid out to be read and compared: what fits on a line stands on one."""

import json
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any, NamedTuple, TypeAlias

from .canonical import SCALARS

WIDTH = 88
"""Characters of a collection that stands on one line, without what is before it."""

_ENCODE = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False).encode


class Block(NamedTuple):
    """A collection that takes several lines: its brackets, and its items with their keys."""

    opening: str
    items: "list[Part]"
    closing: str

    def behind(self, head: str) -> "Block":
        """The block with a text before its opening bracket."""
        return Block(head + self.opening, self.items, self.closing)


Part: TypeAlias = str | Block
"""A value as text where it fits on a line, as a block where it does not."""

text_part = encode_basestring


def lay_out(part: Part) -> str:
    """The text of a part. The same part gives the same text."""
    if isinstance(part, str):
        return part
    texts: list[str] = []
    _write(part, "", texts)
    return "".join(texts)


def data_part(data: Any) -> Part:
    """JSON data as a part, keys sorted. Raises ValueError for NaN and infinity."""
    encode = SCALARS.get(data.__class__)
    if encode is not None:
        return encode(data)
    text = _ENCODE(data)
    if len(text) <= WIDTH or data.__class__ not in (dict, list):
        return text
    if data.__class__ is list:
        return fitted("[", [data_part(item) for item in data], "]")
    return mapping({key: data_part(data[key]) for key in data})


def mapping(parts: Mapping[str, Part]) -> Part:
    """An object of parts, keys sorted."""
    return fitted("{", [keyed(f"{text_part(key)}: ", parts[key]) for key in sorted(parts)], "}")


def keyed(head: str, part: Part) -> Part:
    """A part behind its key."""
    return head + part if isinstance(part, str) else part.behind(head)


def fitted(opening: str, items: list[Part], closing: str) -> Part:
    """A collection of parts: text if it fits on a line."""
    width = 0
    for item in items:
        if not isinstance(item, str):
            return Block(opening, items, closing)
        width += len(item) + 2
    if width > WIDTH:
        return Block(opening, items, closing)
    return f"{opening}{', '.join(items)}{closing}"  # type: ignore[arg-type]


def _write(block: Block, indent: str, texts: list[str]) -> None:
    opening, items, closing = block
    inner = f"{indent} "
    separator = f"{opening}\n{inner}"
    for item in items:
        texts.append(separator)
        if isinstance(item, str):
            texts.append(item)
        else:
            _write(item, inner, texts)
        separator = f",\n{inner}"
    texts.append(f"\n{indent}{closing}")
