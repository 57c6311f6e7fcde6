"""What is wrong with an expression, and where in its text."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Reason = Literal["syntax", "unknown_column", "unknown_function", "type", "not_allowed"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding; `start` and `end` are character offsets into the expression's text.

    `suggestion` is the name that was probably meant, or empty.
    """

    reason: Reason
    message: str
    start: int
    end: int
    suggestion: str = ""


class ExpressionErrors(Exception):  # noqa: N818
    """An expression is rejected; `problems` says all that is wrong with it, in text order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        unique = dict.fromkeys(problems)
        self.problems = tuple(sorted(unique, key=lambda p: (p.start, p.end, p.reason, p.message)))
        super().__init__("; ".join(p.message for p in self.problems))


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that resembles `name` most, or the empty string."""
    by_lower = {k.lower(): k for k in sorted(known)}
    found = get_close_matches(name.lower()[:100], by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else ""
