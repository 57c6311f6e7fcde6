"""What is wrong with an expression, and where in its text."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Reason = Literal["syntax", "unknown_column", "unknown_function", "type", "not_allowed"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding; `start` and `end` are character offsets into the expression's text.

    `suggestion` is the name that was probably meant, `mended` the characters as they were probably
    meant; or empty.
    """

    reason: Reason
    message: str
    start: int
    end: int
    suggestion: str = ""
    mended: str = ""


class ExpressionErrors(Exception):  # noqa: N818
    """An expression is rejected; `problems` says all that is wrong with it, in text order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        unique = dict.fromkeys(problems)
        self.problems = tuple(sorted(unique, key=lambda p: (p.start, p.end, p.reason, p.message)))
        super().__init__("; ".join(p.message for p in self.problems))
