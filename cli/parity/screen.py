"""The certificate in a terminal."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..tables import print_table
from .perform import Performance
from .report import WHAT

_SHOWN = 10


def show_way(name: str, outcome: Performance | str) -> None:
    """A line as soon as a way has ended."""
    console = Console(stderr=True, highlight=False)
    if isinstance(outcome, str):
        console.print(Text.assemble(("–", "yellow"), f" {name.ljust(12)} ", (outcome, "dim")))
        return
    told = f"{len(outcome.steps)} steps, {outcome.seconds:.1f} s"
    mark = ("✓", "green") if not outcome.failed else ("!", "yellow")
    console.print(Text.assemble(mark, f" {name.ljust(12)} ", (told, "dim")))
    if outcome.failed:
        console.print(Text(f"  {outcome.failed}", "yellow"))


def show_certificate(told: dict[str, Any], output: Path | None) -> None:
    """The verdict, a row a way, and the first differences."""
    console = Console(highlight=False)
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("way", *WHAT):
        table.add_column(name)
    for way in told["ways"]:
        marks = (Text("same", "green") if way[w] else Text("other", "bold red") for w in WHAT)
        table.add_row(way["name"], *marks)
    console.print()
    print_table(console, table)
    for one in told["differences"][:_SHOWN]:
        text = f"{one['way']}, {one['what']}: {one['step']} {one['told']}"
        console.print(Text.assemble(("  ✗ ", "red"), text))
    more = len(told["differences"]) - _SHOWN
    if more > 0:
        console.print(Text(f"  and {more} more", "dim"))
    console.print()
    count = len(told["steps"])
    if told["same"]:
        console.print(
            Text(f"✓ {count} steps came to the same in {len(told['ways'])} ways", "green")
        )
    else:
        console.print(Text("✗ the ways did not come to the same", "bold red"))
    if output is not None:
        console.print(Text(f"  {output}/parity.json, parity.md", "dim"))
