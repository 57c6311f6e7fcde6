"""A text by lines: from a character's offset to its line and column."""

from array import array
from bisect import bisect_right
from itertools import accumulate

from .span import SourceSpan


class Lines:
    """The line table of one file. Only LF, CRLF and CR break lines, as in YAML 1.2."""

    __slots__ = ("_table", "file", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._table = array("I")

    def span(self, start: int, end: int) -> SourceSpan:
        """The span of the characters [start, end), clamped to the text."""
        start = max(0, min(start, len(self.text)))
        end = max(start, min(end, len(self.text)))
        line, column = self._position(start)
        return SourceSpan(self.file, line, column, *self._position(end))

    def offset(self, line: int, column: int) -> int:
        """The offset of a place: the inverse of `span`."""
        return self._starts()[line - 1] + column - 1

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its line break; empty beyond the end."""
        starts = self._starts()
        if not 1 <= number <= len(starts):
            return ""
        start = starts[number - 1]
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def _position(self, offset: int) -> tuple[int, int]:
        starts = self._starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def _starts(self) -> "array[int]":
        """Where each line starts; found when first asked for, since most texts have no errors."""
        if not self._table:
            text = self.text
            if "\r" in text:  # of the same length, with one break a line
                text = text.replace("\r\n", " \n").replace("\r", "\n")
            lengths = map(len, text.split("\n"))
            self._table = array("I", accumulate(map((1).__add__, lengths), initial=0))
            self._table.pop()
        return self._table
