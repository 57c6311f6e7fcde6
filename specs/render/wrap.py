"""Text in lines of so many terminal cells, with what stands in backticks kept in one piece."""

import re
from collections.abc import Iterator

from .visible import cells

# A backtick that nothing closes stands for itself.
_PIECE = re.compile(r"(?:`[^`]*`|[^ `]+|`)+")


def wrap(text: str, width: int) -> list[str]:
    """The lines of a text made by `visible`; at least one, which may be empty.

    A piece that is wider than a line is broken at the spaces in it, and otherwise sticks out:
    nobody can copy half a name.
    """
    if cells(text) <= width:
        return [text]
    lines: list[str] = []
    line, used = "", 0
    for piece in _pieces(text, width):
        size = cells(piece)
        if line and used + 1 + size > width:
            lines.append(line)
            line, used = "", 0
        line, used = (f"{line} {piece}", used + 1 + size) if line else (piece, size)
    return [*lines, line]


def _pieces(text: str, width: int) -> Iterator[str]:
    for piece in _PIECE.findall(text):
        if cells(piece) > width:
            yield from piece.split(" ")
        else:
            yield piece
