"""A report in a few lines of text, for a terminal."""

from collections.abc import Mapping
from typing import Any

from .checks import METHOD_NAMES
from .wording import count, fixed, period, printable

MARKS = {"ok": "✓", "warn": "!", "alert": "✗", "insufficient": "·"}
SHOWN_COLUMNS = 5


def summary_lines(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Lines as `(state, text)`: the verdict, a line a check, the columns that moved most, and what
    happens next. The state names the colour; lines without one have an empty state."""
    lines = [(report["state"], f"{MARKS[report['state']]} {report['verdict']}")]
    window = report["window"]
    lines.append(
        (
            "",
            f"  {report['monitor']} watches {report['deployment']}: "
            f"{count(report['rows'], 'prediction')}, {period(window['start'], window['end'])}",
        )
    )
    for check in report["checks"]:
        mark = MARKS[check["state"]]
        lines.append(
            (check["state"], f"  {mark} {check['title']:<17} {check['value']:<16} {check['note']}")
        )
    lines += _columns(report["drift"]) if report["drift"] else []
    lines.append(("", f"  next: {_next(report['retrain'], report['retrain_reason'])}"))
    return [(state, printable(text)) for state, text in lines]


def _next(model: str | None, reason: str) -> str:
    if model:
        return f"train {model} again ({reason})"
    return reason if "no retraining" in reason else f"no retraining ({reason})"


def _columns(drift: Mapping[str, Any]) -> list[tuple[str, str]]:
    moved = [c for c in drift["columns"] if c["state"] in ("warn", "alert")][:SHOWN_COLUMNS]
    width = max((len(c["name"]) for c in moved), default=0)
    label = METHOD_NAMES[drift["method"]]
    return [
        (
            c["state"],
            f"    {c['name']:<{width}}  {label} {fixed(c['measure']['effect'])}  {c['shift']}",
        )
        for c in moved
    ]
