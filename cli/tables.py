"""Metrics and gates of a model, as a person reads them."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..runtime.monitoring.wording import measured

SPLITS = ("train", "validation", "test")
_WIDE = 400
_SHOWN = (
    *("f1_macro", "roc_auc", "pr_auc", "log_loss", "accuracy", "worst_recall"),
    *("rmse", "mae", "r2"),
)


def metrics_table(facts: Mapping[str, Any]) -> Table:
    """A row a split; `facts` holds the metrics of each, None for a split that has no rows."""
    there = {name for split in SPLITS for name in facts.get(split) or ()}
    names = [name for name in _SHOWN if name in there]
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("")
    for name in names:
        table.add_column(name, justify="right")
    for split in SPLITS:
        values = [(facts.get(split) or {}).get(name) for name in names]
        told = ["" if value is None else f"{value:.4f}" for value in values]
        table.add_row(split, *told, style="bold" if split == "test" else "")
    return table


def print_table(console: Console, table: Table) -> None:
    """What goes to a program is not cut or wrapped at a width that nobody sees."""
    shown = console if console.is_terminal else Console(width=_WIDE, highlight=False)
    shown.print(table, soft_wrap=False)


def gate_lines(gates: Sequence[Mapping[str, Any]]) -> list[Text]:
    """A line a gate: whether it opened, what it asks, what was measured."""
    width = max((len(gate["text"]) for gate in gates), default=0)
    lines = []
    for gate in gates:
        mark = ("✓", "green") if gate["passed"] else ("✗", "red")
        told = measured(gate["text"], gate.get("value"))
        text = f" {gate['text'].ljust(width)}  "
        note = (f"  {gate['note']}" if gate.get("note") else "", "dim")
        lines.append(Text.assemble("  ", mark, text, (told, "bold"), note))
    return lines
