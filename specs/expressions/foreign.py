"""What people write by habit from other languages, and what it is called here."""

from collections.abc import Mapping
from dataclasses import dataclass

from .grammar import EQUALITY, JOIN, PRODUCT, TEST


@dataclass(frozen=True, slots=True)
class Foreign:
    """An operator of other languages; it is read like `means`, or not at all where that is empty.

    `postfix`: no value follows.
    """

    power: int
    advice: str = ""
    means: str = ""
    postfix: bool = False


_MATCH = "patterns are matched by `like`"
_PLACES = "arguments are told apart by their places"

OPERATORS: Mapping[str, Foreign] = {
    "==": Foreign(EQUALITY, means="="),
    "&&": Foreign(2, means="and"),
    "div": Foreign(PRODUCT, means="//"),
    "mod": Foreign(PRODUCT, means="%"),
    "isnull": Foreign(TEST, means="is null", postfix=True),
    "notnull": Foreign(TEST, means="is not null", postfix=True),
    "xor": Foreign(2, "of two conditions, write `a <> b`"),
    "^": Foreign(JOIN, "write `power(a, b)`"),
    "**": Foreign(PRODUCT, "write `power(a, b)`"),
    "&": Foreign(JOIN, "of two conditions, write `a and b`"),
    "|": Foreign(JOIN, "of two conditions, write `a or b`; strings are joined by `||`"),
    "<<": Foreign(JOIN),
    ">>": Foreign(JOIN),
    "??": Foreign(JOIN, "write `coalesce(a, b)`"),
    "<=>": Foreign(EQUALITY, "nulls are tested with `is null`"),
    "~": Foreign(TEST, _MATCH),
    "~~": Foreign(TEST, _MATCH),
    "ilike": Foreign(TEST, "write `lower(a) like 'pattern'`"),
    "similar": Foreign(TEST, _MATCH),
    "rlike": Foreign(TEST, _MATCH),
    "regexp": Foreign(TEST, _MATCH),
    "glob": Foreign(TEST, _MATCH),
    "collate": Foreign(PRODUCT, "strings compare by code point"),
    "at": Foreign(PRODUCT, "timestamps are in UTC"),
    "->": Foreign(JOIN),
    "->>": Foreign(JOIN),
    "=>": Foreign(1, _PLACES),
    ":=": Foreign(1, _PLACES),
}
"""Operators, by symbol or word."""

PHRASES: Mapping[str, tuple[str, ...]] = {"at": ("time", "zone"), "similar": ("to",)}
"""The words that follow those of more than one."""

_SUBQUERY = "a subquery is not part of the expression language"
_QUERY = "is a clause of a query, which is not part of the expression language"
_PARAMETER = "a parameter is not part of the expression language"

VALUES: Mapping[str, str] = {
    **dict.fromkeys(("select", "with", "values", "from"), _SUBQUERY),
    "distinct": "`distinct` is not part of the expression language",
    "if": "`if` is not part of the expression language without brackets: write `if(a, b, c)`",
    "lambda": "a lambda is not part of the expression language",
    "array": "a list is not part of the expression language",
    "*": "`*` is not part of the expression language",
    "[": "a list is not part of the expression language",
    "{": "a struct is not part of the expression language",
    "~": "`~` is not part of the expression language: of a condition, write `not a`",
    **dict.fromkeys("?@:", _PARAMETER),
}
"""What begins a value elsewhere, by symbol or word, and what is said of it: it is not allowed."""

CONTINUATIONS: Mapping[str, str] = {
    "?": "`a ? b : c` is not part of the expression language: write `if(a, b, c)`",
    ":": "`:` is not part of the expression language",
    "[": "an index is not part of the expression language",
    ".": "a qualified name is not part of the expression language: a column has one name",
    "as": "an alias is not part of the expression language: what holds the expression names it",
    "over": "a window function is not part of the expression language",
    "within": "`within group` is not part of the expression language",
    "ignore": "`ignore nulls` is not part of the expression language: nulls are skipped",
    "respect": "`respect nulls` is not part of the expression language: nulls are skipped",
    "escape": "`escape` is not part of the expression language",
    "asc": f"`asc` {_QUERY}",
    "desc": f"`desc` {_QUERY}",
    **{
        word: f"`{word}` {_QUERY}"
        for word in ("from", "where", "group", "order", "having", "limit", "offset", "union")
    },
}
"""What continues an expression elsewhere, and what is said of it: it is not allowed."""
