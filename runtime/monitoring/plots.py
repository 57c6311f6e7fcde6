"""The geometry of the report's plots, in per cent of a plot's width and height.

Shapes are drawn in a box of 100 by 100 that stretches, with lines that do not, and labels are text
of the page: so a plot keeps its type size on any screen and takes its colours from the theme.
"""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import Any

from .axes import Axis, Tick, padded, ticks
from .wording import DAY, HOUR, day, moment, percent, seconds

Numbers = Sequence[float]
Plot = dict[str, Any]


def distribution(display: Mapping[str, Any], value_type: str) -> Plot:
    """Training as an area and the window as a line, over the same bars."""
    edges: Numbers = display["edges"]
    axis = Axis(edges[0], edges[-1])
    top = max([*display["reference"], *display["window"], 1e-9]) * 1.06
    return {
        "reference": _steps(axis, edges, display["reference"], top, closed=True),
        "window": _steps(axis, edges, display["window"], top, closed=False),
        "filled": _steps(axis, edges, display["window"], top, closed=True),
        "x": _value_ticks(axis, value_type),
        "empty": sum(display["window"]) == 0,
    }


def categories(display: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Two bars for each category, in per cent of the longest."""
    rows = list(zip(display["categories"], display["reference"], display["window"], strict=True))
    if max(display["other"]) > 5e-4:
        rows.append((None, *display["other"]))
    longest = max([share for row in rows for share in row[1:]] or [1.0]) or 1.0
    return [
        {
            "name": name,
            "reference": percent(before),
            "window": percent(after),
            "reference_width": round(before / longest * 100, 2),
            "window_width": round(after / longest * 100, 2),
        }
        for name, before, after in rows
    ]


def sparkline(trend: Sequence[Mapping[str, Any]], start: int, end: int, alert: float) -> Plot:
    """Drift over the window, on a scale that always shows the alert line."""
    top = max([alert * 1.15, *(point["effect"] for point in trend)]) * 1.05
    time, height = Axis(start, end), Axis(0, top)
    points = [(time.place(p["start"]), height.place(p["effect"])) for p in trend]
    return {
        "line": _line(points),
        "dots": [f"M{x} {_up(y)}h0" for x, y in points[-1:]],
        "alert": _up(height.place(alert)),
    }


def drift_bar(effect: float, largest: float, marks: Numbers) -> Plot:
    """A bar on a square-root scale, so that small and huge drift can both be seen."""
    scale = max(largest, *marks, 1e-9) ** 0.5
    return {
        "width": round(max(effect, 0.0) ** 0.5 / scale * 100, 2),
        "marks": [round(mark**0.5 / scale * 100, 2) for mark in marks],
    }


def over_time(performance: Mapping[str, Any]) -> Plot | None:
    """The metric with its interval, the bounds, and the value at training time."""
    points = performance["over_time"]
    if not points:
        return None
    lines = {
        "minimum": performance["minimum"],
        "maximum": performance["maximum"],
        "training": performance["at_training"],
    }
    shown = [value for value in lines.values() if value is not None]
    for point in points:
        shown += [point[key] for key in ("value", "low", "high") if point[key] is not None]
    height = padded(min(shown), max(shown))
    time = Axis(points[0]["start"], points[-1]["start"] + points[-1]["width"])
    middles = [time.place(p["start"] + p["width"] / 2) for p in points]
    values = [height.place(p["value"]) for p in points]
    ends = [
        (x, height.place(p["low"]), height.place(p["high"]))
        for x, p in zip(middles, points, strict=True)
        if p["low"] is not None
    ]
    return {
        "line": _line(list(zip(middles, values, strict=True))),
        "dots": [f"M{x} {_up(y)}h0" for x, y in zip(middles, values, strict=True)],
        "band": _band(ends),
        "lines": {k: _up(height.place(v)) for k, v in lines.items() if v is not None},
        "y": ticks(height),
        "x": _time_ticks(time),
    }


def calibration(found: Mapping[str, Any], square: bool) -> Plot:
    """Mean outcome over mean prediction, with intervals; `square` puts 0 and 1 in the corners."""
    points = found["points"]
    shown = [value for p in points for value in (p["predicted"], p["low"], p["high"])]
    axis = padded(min(shown), max(shown), 0.05)
    if square:
        axis = Axis(0.0, min(1.0, max(nice_ceiling(axis.high), 0.1)))
    placed = [
        (axis.place(p["predicted"]), axis.place(p["observed"]), p["low"], p["high"]) for p in points
    ]
    return {
        "dots": [f"M{x} {_up(y)}h0" for x, y, _, _ in placed],
        "line": _line([(x, y) for x, y, _, _ in placed]),
        "whiskers": [
            f"M{x} {_up(axis.place(low))}V{_up(axis.place(high))}" for x, _, low, high in placed
        ],
        "x": ticks(axis),
        "y": ticks(axis),
    }


def nice_ceiling(value: float) -> float:
    """The next tenth."""
    return -(-value * 10 // 1) / 10


def latency(found: Mapping[str, Any], bound: float | None) -> Plot | None:
    """Requests by latency on a logarithmic axis, with p50, p99 and the bound."""

    histogram = found["histogram"]
    if histogram is None:
        return None
    edges = [log10(edge) for edge in histogram["edges"]]
    marks = {"p50": found["p50"], "p99": found["p99"], "bound": bound}
    placed = {name: log10(value) for name, value in marks.items() if value}
    axis = Axis(min(edges[0], *placed.values()), max(edges[-1], *placed.values()))
    return {
        "bars": _steps(axis, edges, histogram["counts"], max(histogram["counts"]) * 1.06, True),
        "marks": {name: axis.place(at) for name, at in placed.items()},
        "x": _latency_ticks(axis),
    }


def traffic(points: Sequence[Mapping[str, Any]]) -> Plot | None:
    """Requests over time as bars."""
    if not points:
        return None
    edges = [p["start"] for p in points] + [points[-1]["start"] + points[-1]["width"]]
    time, most = Axis(edges[0], edges[-1]), max(p["rows"] for p in points)
    height = Axis(0, max(most, 1) * 1.06)
    return {
        "bars": _steps(time, edges, [p["rows"] for p in points], height.high, closed=True),
        "x": _time_ticks(time),
        "y": ticks(height, 3),
    }


def _up(place: float) -> float:
    """From the bottom to SVG's count from the top."""
    return round(100 - place, 2)


def _line(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {_up(y)}" for x, y in points) if points else ""


def _band(ends: Sequence[tuple[float, float, float]]) -> str:
    if len(ends) < 2:
        return ""
    upper = [(x, high) for x, _, high in ends]
    lower = [(x, low) for x, low, _ in reversed(ends)]
    return _line([*upper, *lower]) + "Z"


def _steps(axis: Axis, edges: Numbers, heights: Numbers, top: float, closed: bool) -> str:
    """A staircase over bars; a closed one stands on the ground."""
    if not any(heights):
        return ""
    parts = [f"M{axis.place(edges[0])} 100"]
    for left, right, height in zip(edges, edges[1:], heights, strict=False):
        level = round(100 - height / top * 100, 2)
        parts.append(f"L{axis.place(left)} {level}H{axis.place(right)}")
    parts.append(f"L{axis.place(edges[-1])} 100")
    return "".join(parts) + ("Z" if closed else "")


def _value_ticks(axis: Axis, value_type: str) -> list[Tick]:
    if value_type in ("timestamp", "date"):
        scale = 1e6 if value_type == "timestamp" else float(DAY)
        return _time_ticks(Axis(axis.low * scale, axis.high * scale))
    return ticks(axis)


def _time_ticks(axis: Axis) -> list[Tick]:
    """Whole hours or days, at most about six."""
    sizes = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, *(n * DAY for n in (1, 2, 7, 14, 28, 91, 364))]
    span = axis.high - axis.low
    size = next((size for size in sizes if span / size <= 6), 1820 * DAY)
    first = -(-int(axis.low) // size) * size
    return [
        Tick(axis.place(at), day(at) if at % DAY == 0 else f"{moment(at):%H:%M}")
        for at in range(first, int(axis.high) + 1, size)
    ]


def _latency_ticks(axis: Axis) -> list[Tick]:

    whole = range(floor(axis.low), ceil(axis.high) + 1)
    few = (1,) if axis.high - axis.low > 2 else (1, 2, 5)
    values = [m * 10.0**power for power in whole for m in few]
    inside = [v for v in values if axis.low <= log10(v) <= axis.high]
    return [Tick(axis.place(log10(v)), seconds(v)) for v in inside]
