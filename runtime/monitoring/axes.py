"""Axes: places in per cent of a plot, and ticks at round numbers."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at `place`, in per cent of the axis."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis from `low` to `high`."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Per cent from the low end, rounded, and kept within the plot."""
        span = self.high - self.low or 1.0
        return round(min(100.0, max(0.0, (value - self.low) / span * 100)), 2)


def nice_step(span: float, parts: int) -> float:
    """The step of 1, 2 or 5 times a power of ten that cuts `span` into about `parts`.

    The nearest such step in ratio, as d3 chooses it.
    """
    rough = max(span, 1e-12) / max(1, parts)
    power = 10.0 ** math.floor(math.log10(rough))
    limits = ((math.sqrt(2), 1), (math.sqrt(10), 2), (math.sqrt(50), 5))
    return next((m * power for limit, m in limits if rough / power < limit), 10 * power)


def nice_values(low: float, high: float, parts: int = 4) -> list[float]:
    """Round numbers within [low, high], `parts` steps or so."""
    step = nice_step(high - low, parts)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def tick_label(value: float, step: float) -> str:
    """As many decimals as the step needs; thousands as `12k`."""
    size = abs(value)
    if size >= 1e6:
        return f"{value / 1e6:g}M"
    if size >= 10_000:
        return f"{value / 1e3:g}k"
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value:,.{min(places, 6)}f}"


def ticks(axis: Axis, parts: int = 4) -> list[Tick]:
    """Ticks at round numbers."""
    values = nice_values(axis.low, axis.high, parts)
    step = nice_step(axis.high - axis.low, parts)
    return [Tick(axis.place(value), tick_label(value, step)) for value in values]


def padded(low: float, high: float, share: float = 0.08) -> Axis:
    """An axis with room on both sides."""
    room = (high - low) * share or abs(high) * 0.1 or 0.5
    return Axis(low - room, high + room)
