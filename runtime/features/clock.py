"""Instants as small integers, so that key and time fit one sortable int64."""

from dataclasses import dataclass

import numpy as np

from .arrays import Ints

CODE_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True)
class Clock:
    """The ticks 0..size-1 of a set of instants.

    Either an even grid, `origin + step * tick` microseconds, or the distinct `instants` themselves,
    where a grid with this many keys would not fit 62 bits.
    """

    origin: int
    step: int
    size: int
    instants: Ints | None = None

    @classmethod
    def of(cls, times: Ints, keys: int) -> "Clock":
        """The clock of `times` (n,), for codes `key * (size + 1) + tick`."""
        if times.size == 0:
            return cls(origin=0, step=1, size=0)
        origin = int(times.min())
        step = max(1, int(np.gcd.reduce(times - origin)))
        size = (int(times.max()) - origin) // step + 1
        if (keys + 1) * (size + 1) < CODE_LIMIT:
            return cls(origin, step, size)
        instants = np.unique(times)
        return cls(origin, step, len(instants), instants)

    def ticks(self, times: Ints) -> Ints:
        """The first tick at or after each time, in 0..size (size: after the last)."""
        if self.instants is not None:
            return np.searchsorted(self.instants, times)
        last = self.origin + self.step * self.size
        offset = np.clip(times, self.origin, last)
        offset -= self.origin
        if self.step > 1:
            offset += self.step - 1
            offset //= self.step
        return offset
