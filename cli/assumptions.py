"""What each model's freedom from leakage stands on, for people."""

from pathlib import Path

import click

from ..compiler.assumptions import assumptions
from ..compiler.compile import check


def show_assumptions(path: Path, environment: str | None) -> None:
    """For each model of a spec without errors a heading, and a sentence a line, with its place."""
    graph = check(path, environment).graph
    for name, model in graph.models.items():
        click.echo(f"\n`{name}` does not see its label, provided that")
        for one in assumptions(model):
            place = click.style(graph.place(one.at), dim=True)
            click.echo(f"  {one.text}  {place}")
