"""How tightly operators bind, and how deep they nest."""

from collections.abc import Mapping

from .tokens import MAX_LENGTH

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "MAX_NESTING", "MAX_PREFIXES"]

MAX_NESTING = 32
"""Brackets and `case` within each other."""

MAX_PREFIXES = 16
"""Signs and `not` in a row."""

MAX_DEPTH = 100
"""Levels of the typed tree; a chain of n operators has n levels."""

ANY = 0
"""The power that an operator needs to continue an expression of any kind."""

EQUALITY, COMPARISON, TEST, JOIN, SUM, PRODUCT, SIGN = range(3, 10)
"""Powers of operators, the loosest first; `or` has 1 and `and` has 2."""

BINARY: Mapping[str, int] = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("=", "<>", "!="), EQUALITY),
    **dict.fromkeys(("<", "<=", ">", ">="), COMPARISON),
    "||": JOIN,
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/", "//", "%"), PRODUCT),
}
"""Operators between two values; those of one power group from the left."""

TESTS = frozenset({"is", "in", "like", "between", "not"})
"""What follows a value to test it, with the power of `TEST`; `not` negates the other ones."""
