"""What can go wrong while a plan runs, told to the person who runs it."""

from collections.abc import Sequence
from typing import ClassVar

from ..compiler.interfaces.exit_codes import GATE_SHUT


class StepError(Exception):
    """A step cannot be done. `remedy` says what to do; `rows` shows a few of the rows concerned."""

    exit_code: ClassVar[int] = 1
    """What a command ends with that it fails."""

    def __init__(self, message: str, *, remedy: str = "", rows: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.rows = tuple(rows)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.remedy, self.rows))


class GateError(StepError):
    """A candidate did not pass its gates, and nothing was promoted."""

    exit_code = GATE_SHUT


class StoreError(StepError):
    """A store holds something other than what was put there, or cannot be reached."""


class NotReadError(StepError):
    """What a key depends on is known only when data are read, which is not allowed here."""


def _rebuild(
    cls: type[StepError], message: str, remedy: str, rows: tuple[object, ...]
) -> StepError:
    return cls(message, remedy=remedy, rows=rows)
