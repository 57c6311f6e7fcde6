"""What is known of the terminal: whether to colour, and how wide it is."""

import os
from typing import TextIO


def color_wish() -> bool | None:
    """What the environment says of colours (https://no-color.org); None: a terminal has them."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def in_color(stream: TextIO) -> bool:
    """Whether to colour what goes to a stream."""
    wish = color_wish()
    return stream.isatty() if wish is None else wish


def width_of(stream: TextIO, elsewhere: int = 100) -> int:
    """The columns of a stream: `COLUMNS`, or those of its terminal; `elsewhere` without one."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told[:6]) > 0:
        return int(told[:6])
    try:
        return os.get_terminal_size(stream.fileno()).columns or elsewhere
    except (OSError, ValueError, AttributeError):
        return elsewhere
