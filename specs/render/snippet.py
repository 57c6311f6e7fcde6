"""The source lines of one finding, with marks under what they are about."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..diagnostic import Diagnostic, Related
from ..lines import Lines
from ..span import SourceSpan
from .crop import crop, crop_end, fits
from .style import BLUE, Style
from .visible import cells, visible
from .wrap import wrap

_APART = 3
"""Places that are at most so many lines apart are shown together."""

_MIN_LABEL = 40


class Mark(NamedTuple):
    """A place in the snippet; `sign` is what underlines it."""

    span: SourceSpan
    label: str
    sign: str
    tint: str


def near(one: Diagnostic, table: Lines, width: int) -> tuple[Related, ...]:
    """The second places of a finding that its snippet shows: close by, in the same file."""
    if one.span is None:
        return ()
    here = one.span.line
    lines = {here}
    found: list[Related] = []
    same = (each for each in one.related if each.span.file == one.span.file)
    for each in sorted(same, key=lambda each: abs(each.span.line - here)):
        line = each.span.line
        if not min(lines) - _APART <= line <= max(lines) + _APART:
            continue
        # Two marks under one line need all of it.
        if line not in lines or fits(table.line(line), _room(width, here + line)):
            lines.add(line)
            found.append(each)
    return tuple(found)


def _room(width: int, number: int) -> int:
    """The cells beside the number of a line and the bar."""
    return width - len(str(number)) - 2


def snippet(marks: Sequence[Mark], table: Lines, style: Style, width: int) -> Iterator[str]:
    """The lines from the first mark to the last; a mark over several lines ends with its first."""
    first = min(mark.span.line for mark in marks)
    last = max(mark.span.line for mark in marks)
    digits = len(str(last))
    room = _room(width, last)
    bar = style.paint(BLUE, "│")
    for number in range(first, last + 1):
        line = table.line(number)
        here = sorted((mark for mark in marks if mark.span.line == number), key=_column)
        text = crop(line, here[0].span, room).text if here else crop_end(line, room)
        yield f"{style.paint(BLUE, str(number).rjust(digits))}{bar} {text}".rstrip()
        for mark in here:
            for row in _marked(mark, line, style, room):
                yield f"{' ' * digits}{bar} {row}"


def _column(mark: Mark) -> tuple[int, int]:
    return mark.span.column, mark.span.end_column


def _marked(mark: Mark, line: str, style: Style, room: int) -> Iterator[str]:
    """The carets with the label beside them, or below where there is no room."""
    window = crop(line, mark.span, room)
    carets = " " * window.before + style.paint(mark.tint, mark.sign * window.marked)
    label = visible(mark.label)
    if not label:
        yield carets
    elif window.before + window.marked + 1 + cells(label) <= room:
        yield f"{carets} {style.paint(mark.tint, label)}"
    else:
        yield carets
        widest = max(map(cells, wrap(label, _MIN_LABEL)))
        indent = max(0, min(window.before, room - widest))
        for row in wrap(label, room - indent):
            yield " " * indent + style.paint(mark.tint, row)
