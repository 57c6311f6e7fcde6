"""The part of a source line that is shown: all of it, or what stands around the carets."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..span import SourceSpan
from .visible import cells, visible, visible_character

_CUT = "…"


class Window(NamedTuple):
    """The text that is shown, and the cells before and under the carets."""

    text: str
    before: int
    marked: int


def fits(line: str, room: int) -> bool:
    """Whether a line can be shown as a whole in so many cells."""
    return len(line) <= room and cells(visible(line)) <= room


def crop(line: str, span: SourceSpan, room: int) -> Window:
    """Cut a line around the marked characters, so that at least the first of them is seen."""
    first = min(span.column - 1, len(line))
    last = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    last = max(first, min(last, len(line)))
    if fits(line, room):
        marked = max(1, cells(visible(line[first:last])))
        return Window(visible(line), cells(visible(line[:first])), marked)
    # No more characters can matter than there are cells, even of a line of a million.
    text = visible(line[first : min(last, first + room)])
    kept = max(room // 2, room * 3 // 4 - cells(text))
    before = _ending(line[max(0, first - room) : first], kept, more=first > room)
    text = crop_end(text, room - cells(before))
    rest = room - cells(before) - cells(text)
    after = crop_end(line[last : last + room], rest, more=len(line) > last + room)
    return Window(before + text + after, cells(before), max(1, cells(text)))


def crop_end(text: str, room: int, *, more: bool = False) -> str:
    """The beginning of a text in at most `room` cells; `more` says that it was longer already."""
    if not more and fits(text, room):
        return visible(text)
    return "".join(_fitting(text, room - 1)) + _CUT if room > 0 else ""


def _ending(text: str, room: int, *, more: bool) -> str:
    """The end of a text in at most `room` cells."""
    if not more and fits(text, room):
        return visible(text)
    return _CUT + "".join(reversed(list(_fitting(reversed(text), room - 1))))


def _fitting(text: Iterable[str], room: int) -> Iterator[str]:
    for char in text:
        piece = visible_character(char)
        room -= cells(piece)
        if room < 0:
            return
        yield piece
