"""The colours of a report."""

from typing import NamedTuple

RED, YELLOW, BLUE = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m"
BOLD, DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"


class Style(NamedTuple):
    """How to paint: nothing is painted without colour."""

    color: bool

    def paint(self, code: str, text: str) -> str:
        return f"{code}{text}{_RESET}" if self.color and code and text else text
