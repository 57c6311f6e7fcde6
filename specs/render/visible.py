"""Text from a spec made safe to show: nothing in it can move a cursor, recolour or reorder."""

import unicodedata

_TAB = "    "


def visible(text: str) -> str:
    """The text on one line, with control and formatting characters made visible.

    Terminal escapes, line breaks, bidirectional overrides and zero-width characters would let a
    spec forge or hide what a report says.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(visible_character, text))


def visible_character(char: str) -> str:
    """One character as it is shown: itself, four spaces for a tab, or a stand-in."""
    if char.isprintable():
        return char
    if char == "\t":
        return _TAB
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)  # the Unicode picture of a control character
    if code == 0x7F:
        return "␡"
    return char if unicodedata.category(char) == "Zs" else f"\\u{{{code:x}}}"


def cells(text: str) -> int:
    """The terminal cells that a text made by `visible` takes up."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
