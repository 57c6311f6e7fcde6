"""Where each character of a scalar's value stands in the token that wrote it."""

import re
from array import array
from collections.abc import Sequence
from typing import NamedTuple

_FOLD = re.compile(r"[ \t]*(?:(?:\r\n|\r|\n)[ \t]*)+")
_BLANKS = re.compile(r"[ \t]*")
_BREAK = re.compile(r"\r\n|\r|\n")
_ESCAPE_WIDTHS = {"x": 4, "u": 6, "U": 10}


class Offsets(NamedTuple):
    """For each character of a value: where it starts and ends in the token; and the value's end."""

    starts: Sequence[int]
    ends: Sequence[int]
    end: int


def offsets_in(raw: str, value: str) -> Offsets | None:
    """Align a value with its token; None where they do not correspond (as for an alias)."""
    quote = raw[:1]
    if quote in ("|", ">"):
        return _block(raw, value, literal=quote == "|")
    if quote not in ("'", '"'):
        return _flow(raw, value, 0, len(raw), quote="")
    return _flow(raw, value, 1, len(raw) - 1, quote)


def _flow(raw: str, value: str, start: int, end: int, quote: str) -> Offsets | None:
    """Align a plain or quoted scalar, on one line or several."""
    if raw[start:end] == value:
        return Offsets(range(start, end), range(start + 1, end + 1), end)
    walk = _Walk(raw, value, start, end)
    while not walk.done():
        char = raw[walk.at]
        if quote == '"' and char == "\\":
            walk.escape()
        elif quote == "'" and char == "'":
            walk.take(2, "'")
        elif not walk.fold():
            walk.take(1, char)
    return walk.result()


def _block(raw: str, value: str, *, literal: bool) -> Offsets | None:
    """Align a literal (`|`) or folded (`>`) block scalar."""
    header = _BREAK.search(raw)
    if header is None:
        return None
    walk = _Walk(raw, value, header.end(), len(raw))
    indent = _indent(raw[header.end() :], value)
    walk.skip(indent)
    while not walk.done():
        if literal and (found := _BREAK.match(raw, walk.at)):
            walk.take(found.end() - walk.at, "\n")
            walk.skip(indent)
        elif literal or not walk.fold():
            walk.take(1, raw[walk.at])
    return walk.result()


def _indent(body: str, value: str) -> int:
    """How far a block scalar's lines are indented, found by its first line that has text."""
    return max(0, _leading_spaces(_BREAK.split(body)) - _leading_spaces(value.split("\n")))


def _leading_spaces(lines: list[str]) -> int:
    first = next((line for line in lines if line.strip(" ")), "")
    return len(first) - len(first.lstrip(" "))


class _Walk:
    """Two cursors, one in the token and one in the value, that must agree on every character."""

    def __init__(self, raw: str, value: str, at: int, end: int) -> None:
        self.raw, self.value, self.at, self.end = raw, value, at, end
        self.starts = array("I")
        self.ends = array("I")
        self.agrees = True
        self._no_fold_before = 0

    def done(self) -> bool:
        return not self.agrees or self.at >= self.end or len(self.starts) >= len(self.value)

    def take(self, width: int, char: str) -> None:
        """Read `width` characters of the token as one character of the value."""
        self.agrees = self.value[len(self.starts)] == char
        self.starts.append(self.at)
        self.at += width
        self.ends.append(self.at)

    def escape(self) -> None:
        """Read an escape of a double-quoted scalar; an escaped line break is nothing."""
        folded = _FOLD.match(self.raw, self.at + 1)
        if folded and self.raw[self.at + 1] in "\r\n":
            self.at = folded.end()
            return
        width = _ESCAPE_WIDTHS.get(self.raw[self.at + 1], 2)
        self.take(width, self.value[len(self.starts)])

    def fold(self) -> bool:
        """Read line breaks: one is a space, of more than one the first is dropped."""
        if self.at < self._no_fold_before:
            return False
        found = _FOLD.match(self.raw, self.at, self.end)
        if found is None:  # remember the run of blanks, or a long one is searched once a character
            self._no_fold_before = _BLANKS.match(self.raw, self.at).end()  # type: ignore[union-attr]
            return False
        breaks = len(_BREAK.findall(found.group()))
        expected = " " if breaks == 1 else "\n" * (breaks - 1)
        if found.end() == self.end:  # the end of a block scalar, where breaks are kept or dropped
            expected = self.value[len(self.starts) :]
        self.agrees = self.value.startswith(expected, len(self.starts))
        self.starts.extend([found.start()] * len(expected))
        self.ends.extend([found.end()] * len(expected))
        self.at = found.end()
        return True

    def skip(self, indent: int) -> None:
        """Pass over at most `indent` spaces at the start of a line."""
        while indent and self.at < self.end and self.raw[self.at] == " ":
            self.at += 1
            indent -= 1

    def result(self) -> Offsets | None:
        missing = len(self.value) - len(self.starts)
        if not self.agrees or self.value[len(self.starts) :].strip("\n"):
            return None
        self.starts.extend([self.at] * missing)
        self.ends.extend([self.at] * missing)
        return Offsets(self.starts, self.ends, self.ends[-1] if self.ends else self.at)
