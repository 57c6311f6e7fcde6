"""Diagnostics for people: the line, the place in it, and what to do."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..diagnostic import Diagnostic, Related, in_file_order
from ..lines import Lines
from ..span import SourceSpan
from .visible import cells, visible, visible_character

_RED, _YELLOW, _BLUE, _BOLD, _RESET = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"
_CUT = "…"
_MIN_WIDTH = 40


class _Style(NamedTuple):
    """How to paint: nothing is painted without colour."""

    color: bool

    def paint(self, code: str, text: str) -> str:
        return f"{code}{text}{_RESET}" if self.color and text else text


class _Window(NamedTuple):
    """The part of a source line that is shown, and the cells before and under the carets."""

    text: str
    before: int
    marked: int


def render_human(
    diagnostics: Iterable[Diagnostic],
    texts: Mapping[str, str],
    *,
    color: bool = False,
    width: int = 100,
) -> str:
    """All findings in file order, and a line that counts them; nothing when there are none.

    `texts` are the files' contents; a finding in a file that is not among them is shown without
    its line. Lines are cut to `width` terminal cells around the carets.
    """
    ordered = in_file_order(diagnostics)
    if not ordered:
        return ""
    tables = {file: Lines(file, text) for file, text in texts.items()}
    style = _Style(color)
    parts = ["\n".join(_finding(one, tables, style, max(width, _MIN_WIDTH))) for one in ordered]
    return "\n\n".join([*parts, summary(ordered)]) + "\n"


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """How many of each: "2 errors, 1 warning"."""
    severities = [one.severity for one in diagnostics]
    counts = ((kind, severities.count(kind)) for kind in ("error", "warning"))
    words = (f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts if count)
    return ", ".join(words) or "no problems"


def _finding(
    one: Diagnostic, tables: Mapping[str, Lines], style: _Style, width: int
) -> Iterator[str]:
    tint = _RED if one.severity == "error" else _YELLOW
    head = style.paint(tint, f"{one.severity}[{one.code}]")
    yield head + style.paint(_BOLD, f": {visible(one.message)}")
    gutter = " "
    if one.span is not None:
        number = str(one.span.line)
        gutter = " " * len(number)
        yield f"{gutter}{style.paint(_BLUE, '┌─')} {visible(str(one.span))}"
        table = tables.get(one.span.file)
        if table is not None:
            yield from _snippet(one, one.span, table, style, tint, width)
    elif one.label:
        yield f"{gutter}{style.paint(_BLUE, '=')} {visible(one.label)}"
    for note in _notes(one):
        yield f"{gutter}{style.paint(_BLUE, '=')} {visible(note)}"


def _snippet(
    one: Diagnostic, span: SourceSpan, table: Lines, style: _Style, tint: str, width: int
) -> Iterator[str]:
    number = str(span.line)
    gutter = " " * len(number)
    bar = style.paint(_BLUE, "│")
    room = width - len(number) - 2
    window = _window(table.line(span.line), span, room)
    label = visible(one.label)
    carets = " " * window.before + style.paint(tint, "^" * window.marked)
    yield f"{gutter}{bar}"
    yield f"{style.paint(_BLUE, number)}{bar} {window.text}".rstrip()
    if label and window.before + window.marked + 1 + cells(label) <= room:
        yield f"{gutter}{bar} {carets} {style.paint(tint, label)}"
    else:
        yield f"{gutter}{bar} {carets}"
        if label:
            indent = " " * max(0, min(window.before, room - cells(label)))
            yield f"{gutter}{bar} {indent}{style.paint(tint, label)}"
    if _has_notes(one):
        yield f"{gutter}{bar}"


def _window(line: str, span: SourceSpan, room: int) -> _Window:
    """Cut a line around the marked characters, so that at least the first of them is seen."""
    first = min(span.column - 1, len(line))
    last = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    last = max(first, min(last, len(line)))
    # No more characters can matter than there are cells, even of a line of a million.
    marked = visible(line[first : min(last, first + room)])
    kept = max(room // 2, room * 3 // 4 - cells(marked))
    before = _ending(line[max(0, first - room) : first], kept, more=first > room)
    marked = _beginning(marked, room - cells(before), more=False)
    rest = room - cells(before) - cells(marked)
    after = _beginning(line[last : last + room], rest, more=len(line) > last + room)
    return _Window(before + marked + after, cells(before), max(1, cells(marked)))


def _ending(text: str, room: int, *, more: bool) -> str:
    """The end of a text in at most `room` cells; `more` says that it was longer already."""
    if not more and cells(visible(text)) <= room:
        return visible(text)
    return _CUT + "".join(reversed(list(_fitting(reversed(text), room - 1))))


def _beginning(text: str, room: int, *, more: bool) -> str:
    """The beginning of a text in at most `room` cells."""
    if not more and cells(visible(text)) <= room:
        return visible(text)
    return "".join(_fitting(text, room - 1)) + _CUT if room > 0 else ""


def _fitting(text: Iterable[str], room: int) -> Iterator[str]:
    for char in text:
        piece = visible_character(char)
        room -= cells(piece)
        if room < 0:
            return
        yield piece


def _has_notes(one: Diagnostic) -> bool:
    return bool(one.hint or one.related)


def _notes(one: Diagnostic) -> Iterator[str]:
    yield from (_related(related) for related in one.related)
    if one.hint:
        yield f"help: {one.hint}"


def _related(related: Related) -> str:
    """ "declared here" becomes "declared at file:line:column"."""
    return f"{related.message.removesuffix(' here')} at {related.span}"
