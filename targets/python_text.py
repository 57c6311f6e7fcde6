"""Python that people read: literals of every value by one function, laid out as `ruff format` does.

Text of a spec gets into a program as a literal and in no other way; `Code` is what a program's
author wrote.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..specs.render.visible import visible

WIDTH = 88
"""What `ruff format` takes for granted."""
INDENT = "    "


class Code(str):
    """An expression that is Python already: a name, a call."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A call with its arguments; the keywords come last, in their order."""

    function: str
    positional: Sequence[object] = ()
    keywords: Mapping[str, object] | None = None


def python_literal(value: object) -> str:
    """An expression on one line that evaluates to the value, as a formatter would write it.

    Raises TypeError for a value that has no literal.
    """
    match value:
        case Code():
            return str(value)
        case str():
            return _string(value)
        case None | bool() | int() | float():
            return repr(value)
        case timedelta():
            return _timedelta(value)
        case datetime():
            return _datetime(value)
    brackets = _brackets(value)
    if brackets is not None:
        inner = [f"{head}{python_literal(item)}" for head, item in _items(value)]
        comma = "," if isinstance(value, tuple) and len(inner) == 1 else ""
        return f"{brackets[0]}{', '.join(inner)}{comma}{brackets[1]}"
    raise TypeError(f"{type(value).__name__} has no literal")


def python_lines(value: object, head: str = "", tail: str = "", indent: str = "") -> Iterator[str]:
    """The value behind `head` and before `tail`: on one line if it fits, else one item a line."""
    line = f"{indent}{head}{python_literal(value)}{tail}"
    brackets = _brackets(value)
    if len(line) <= WIDTH or brackets is None or not any(_items(value)):
        yield line
        return
    yield f"{indent}{head}{brackets[0]}"
    for item_head, item in _items(value):
        yield from python_lines(item, item_head, ",", indent + INDENT)
    yield f"{indent}{brackets[1]}{tail}"


def python_comment(text: str, indent: str = "") -> str:
    """The text as a comment, on its one line."""
    return f"{indent}# {visible(text)}".rstrip()


def _items(value: object) -> Iterator[tuple[str, object]]:
    """What stands between the brackets, each with what comes before it."""
    match value:
        case Call():
            yield from (("", item) for item in value.positional)
            yield from ((f"{name}=", item) for name, item in (value.keywords or {}).items())
        case Mapping():
            yield from ((f"{python_literal(key)}: ", item) for key, item in value.items())
        case list() | tuple():
            yield from (("", item) for item in value)


def _brackets(value: object) -> tuple[str, str] | None:
    """What opens and closes a value that can be broken over lines."""
    match value:
        case Call():
            return f"{value.function}(", ")"
        case list():
            return "[", "]"
        case tuple():
            return "(", ")"
        case Mapping():
            return "{", "}"
    return None


def _string(text: str) -> str:
    """In double quotes, unless single ones need fewer escapes; one line, printable throughout."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_character(char, quote) for char in text) + quote


_NAMED = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _character(char: str, quote: str) -> str:
    if char == quote:
        return f"\\{char}"
    if char in _NAMED:
        return _NAMED[char]
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _timedelta(value: timedelta) -> str:
    """In the largest unit that makes it a whole number."""
    for unit in ("days", "hours", "minutes", "seconds", "milliseconds"):
        count, rest = divmod(value, timedelta(**{unit: 1}))
        if not rest:
            return f"timedelta({unit}={count})"
    return f"timedelta(microseconds={value // timedelta(microseconds=1)})"


def _datetime(value: datetime) -> str:
    """Aware datetimes only."""
    at = value.astimezone(UTC)
    parts = [at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond]
    while len(parts) > 3 and not parts[-1]:
        parts.pop()
    return f"datetime({', '.join(map(str, parts))}, tzinfo=timezone.utc)"
