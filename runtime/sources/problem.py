"""The one way to say that a source cannot be used."""

from collections.abc import Sequence

from ..errors import StepError

RELOCK = "if the change is meant, run `onespec lock` and commit onespec.lock"


class SourceError(StepError):
    """A source is missing, damaged, or not what the plan was compiled for."""


def problem(source: str, message: str, *, remedy: str, rows: Sequence[object] = ()) -> SourceError:
    """An error that starts with the source's name."""
    return SourceError(f"source `{source}`: {message}", remedy=remedy, rows=rows)


class UnreadableValuesError(Exception):
    """Texts of a file that are not of their column's type; `rows` tells a few, numbered from 1."""

    def __init__(self, column: str, type: str, rows: Sequence[object]) -> None:
        super().__init__(f"column `{column}` holds values that are no {type}")
        self.rows = tuple(rows)
