"""YAML that people read and every parser reads alike: block style, every string quoted as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..specs.quote_yaml import quote_yaml


@dataclass(frozen=True, slots=True)
class Commented:
    """A value with a comment: on the line above its key or item, or `beside` a scalar."""

    value: Any
    comment: str
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """Lines that people read as lines. What YAML would read otherwise becomes a JSON string."""

    text: str

    @property
    def plain(self) -> bool:
        lines = self.text.split("\n")
        return (
            len(lines) > 1
            and lines[-1] == ""
            and bool(lines[0])
            and not lines[0].startswith(" ")
            and bool(lines[-2])
            and all(line.isascii() and line.isprintable() for line in lines)
            and all(line == line.rstrip() for line in lines)
        )


def dump_yaml(data: Any, header: str = "") -> str:
    """The document, after the header's lines as comments.

    Strings are JSON strings, so that `no`, `1e3` and `0e1234` stay strings under YAML 1.1 and 1.2.
    """
    lines = [_comment(line) for line in header.splitlines()]
    _block(data, "", lines)
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    printable = "".join(c if c.isprintable() else "?" for c in text)
    return f"# {printable}".rstrip()


def _block(value: Any, indent: str, lines: list[str]) -> None:
    """Add the lines of a value that stands by itself."""
    if not _is_block(value):
        lines.append(f"{indent}{_scalar(value)}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _entry(f"{indent}{_key(key)}:", item, indent, lines)
    else:
        for item in value:
            _item(item, indent, lines)


def _entry(head: str, item: Any, indent: str, lines: list[str]) -> None:
    if item.__class__ is Commented:
        if item.beside:
            lines.append(f"{head} {_scalar(item.value)} {_comment(item.comment)}")
            return
        lines.append(indent + _comment(item.comment))
        item = item.value
    if item.__class__ is Script and item.plain:
        lines.append(f"{head} |")
        lines += (f"{indent}  {line}".rstrip() for line in item.text.splitlines())
    elif _is_block(item):
        lines.append(head)
        _block(item, indent + "  ", lines)
    else:
        lines.append(f"{head} {_scalar(item)}")


def _item(item: Any, indent: str, lines: list[str]) -> None:
    if item.__class__ is Commented:
        lines.append(indent + _comment(item.comment))
        item = item.value
    if not _is_block(item):
        lines.append(f"{indent}- {_scalar(item)}")
        return
    start = len(lines)
    _block(item, indent + "  ", lines)
    if lines[start].lstrip().startswith("# "):
        start += 1
    lines[start] = f"{indent}- {lines[start][len(indent) + 2 :]}"


def _is_block(value: Any) -> bool:
    if value.__class__ in _FLAT:
        return False
    return isinstance(value, Mapping | list | tuple) and bool(value)


_FLAT = frozenset({str, int, bool, float, type(None)})


@cache
def _key(key: Any) -> str:
    text = str(key)
    plain = text.replace("_", "a").replace("-", "a").replace("/", "a").replace(".", "a")
    safe = plain.isascii() and plain.isalnum() and text[0].isalpha()
    reserved = text.lower() in {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
    return text if safe and not reserved else quote_yaml(text)


def _scalar(value: Any) -> str:
    if value.__class__ is str:
        return quote_yaml(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    if isinstance(value, Script):
        return quote_yaml(value.text)
    if isinstance(value, str):
        return quote_yaml(value)
    return json.dumps(value, allow_nan=False)
