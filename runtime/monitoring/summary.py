"""A report in a few lines of text, for a terminal."""

from collections.abc import Mapping
from typing import Any

from .checks import METHOD_NAMES
from .wording import fixed, period, printable

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
            f"{report['rows']:,} predictions, {period(window['start'], window['end'])}",
        )
    )
    for check in report["checks"]:
        mark = MARKS[check["state"]]
        lines.append(
            (check["state"], f"  {mark} {check['title']:<17} {check['value']:<16} {check['note']}")
        )
    lines += _columns(report["drift"]) if report["drift"] else []
    asked = f"train {report['retrain']} again" if report["retrain"] else "no retraining"
    lines.append(("", f"  next: {asked} ({report['retrain_reason']})"))
    return [(state, printable(text)) for state, text in lines]


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
