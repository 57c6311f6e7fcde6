"""Plain scalars as the core schema of YAML 1.2 reads them: `no` is a word, `012` is twelve."""

import re

MAX_DIGITS = 400

_NUMBER = re.compile(
    r"(?P<int>[-+]?[0-9]+)|(?P<oct>0o[0-7]+)|(?P<hex>0x[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
# Plain scalars that are neither texts nor numbers.
WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_BASES = {"int": 10, "oct": 8, "hex": 16}
# A plain scalar that is no word and begins with anything else is a string.
NUMBER_STARTS = frozenset("+-.0123456789")
_NUMBER_ENDS = frozenset("0123456789.")


def resolve(text: str) -> bool | int | float | str | None:
    """The value of a plain scalar; ValueError for a number that cannot be held as written."""
    if text in WORDS:
        return WORDS[text]
    if text[-1] not in _NUMBER_ENDS and not text.startswith("0x"):
        return text  # most often a duration or a size
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    if len(text) > MAX_DIGITS:
        raise ValueError(f"this number has {len(text):,} digits, more than {MAX_DIGITS}")
    if found.lastgroup != "float":
        return int(text, _BASES[found.lastgroup or ""])
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("this number is too large for a 64-bit float")
    return number
