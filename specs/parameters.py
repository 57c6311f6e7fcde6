"""What a parameter of an estimator accepts."""

import math
from dataclasses import dataclass
from typing import Any

# Beyond it a whole number is not one real number.
_WHOLE = 1 << 53


@dataclass(frozen=True, slots=True)
class Number:
    """An integer or a real number within bounds; `open_low` and `open_high` exclude the bound."""

    integer: bool
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False

    def accepts(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if self.integer != isinstance(value, int):
            return False
        return self._above(value) and self._below(value)

    def _above(self, value: float) -> bool:
        if self.low is None:
            return True
        return value > self.low if self.open_low else value >= self.low

    def _below(self, value: float) -> bool:
        if self.high is None:
            return math.isfinite(value)
        return value < self.high if self.open_high else value <= self.high

    def __str__(self) -> str:
        noun = "an integer" if self.integer else "a real number"
        bounds = []
        if self.low is not None:
            bounds.append(f"{'>' if self.open_low else '>='} {self.low:g}")
        if self.high is not None:
            bounds.append(f"{'<' if self.open_high else '<='} {self.high:g}")
        return " ".join([noun, " and ".join(bounds)]).strip()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def accepts(self, value: object) -> bool:
        return isinstance(value, str) and value in self.words

    def __str__(self) -> str:
        return " or ".join(f"`{word}`" for word in self.words)


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def accepts(self, value: object) -> bool:
        return isinstance(value, bool)

    def __str__(self) -> str:
        return "true or false"


@dataclass(frozen=True, slots=True)
class Null:
    """The value null."""

    def accepts(self, value: object) -> bool:
        return value is None

    def __str__(self) -> str:
        return "null"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list of `least` to `most` numbers; `meaning` says of what, such as "widths"."""

    item: Number
    least: int
    most: int
    meaning: str

    def accepts(self, value: object) -> bool:
        if not isinstance(value, list | tuple) or not self.least <= len(value) <= self.most:
            return False
        return all(self.item.accepts(one) for one in value)

    def __str__(self) -> str:
        length = f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"
        return f"a list of {length} {self.meaning}, each {self.item}"


Accepts = Number | Numbers | Choice | Flag | Null


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """A parameter: its default, and the values that it accepts."""

    name: str
    default: Any
    accepts: tuple[Accepts, ...]

    def allows(self, value: object) -> bool:
        """Whether the value is accepted; an integer is welcome where a real number is meant."""
        return any(kind.accepts(self.converted(value)) for kind in self.accepts)

    def converted(self, value: object) -> object:
        """The value as the library is given it: 1 as 1.0 where only real numbers are meant."""
        if isinstance(value, int) and not isinstance(value, bool) and not self._counts:
            return float(value) if abs(value) < _WHOLE else value
        return value

    @property
    def _counts(self) -> bool:
        """Where an integer is a count and a real number a share, the two are not exchanged."""
        return any(isinstance(kind, Number) and kind.integer for kind in self.accepts)

    def __str__(self) -> str:
        return ", or ".join(str(kind) for kind in self.accepts)


def count(low: int, high: int | None = None) -> Number:
    """An integer between `low` and `high`."""
    return Number(integer=True, low=low, high=high)


def real(low: float, high: float | None = None, *, ends: str = "[]") -> Number:
    """A real number; `ends` are brackets as in mathematics: round ones exclude the bound."""
    return Number(
        integer=False, low=low, high=high, open_low=ends[0] == "(", open_high=ends[1] == ")"
    )
