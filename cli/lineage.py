"""`onespec lineage`"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import environment_option, find_spec, spec_option

if TYPE_CHECKING:
    from ..compiler.graph import Graph
    from ..compiler.lineage.columns import Lineage, Walk


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec lineage api.score                     back to the source columns\n"
    "  onespec lineage airport_load.mean_delay_6h\n"
    "  onespec lineage flights.dep_delay --downstream   what a change would touch\n"
    "  onespec lineage late_arrival --format mermaid > lineage.mmd"
)
@click.argument("what")
@click.option("--downstream", "-d", is_flag=True, help="What it touches, not what it is made of.")
@spec_option
@environment_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["tree", "json", "mermaid"]),
    default="tree",
    show_default=True,
    help="For people, for scripts, or for Markdown.",
)
def command(what: str, downstream: bool, spec: Path, environment: str | None, form: str) -> int:
    """Show column by column what WHAT is made of, with the places in the spec.

    WHAT is a source column (`flights.dep_delay`), a feature (`airport_load.mean_delay_6h`), a
    feature view, a model, a deployment (`api`, or its `api.score`), a monitor, or a whole source.
    """
    from ..compiler.lineage.build import lineage
    from ..compiler.lineage.draw import lineage_json, lineage_mermaid
    from ..compiler.lineage.names import UnknownNameError, find_in_lineage
    from .targets import checked_graph

    graph = checked_graph(find_spec(spec), environment)
    columns = lineage(graph)
    try:
        starts = find_in_lineage(columns, what)
    except UnknownNameError as error:
        raise click.UsageError(str(error)) from None
    walk = columns.walk(starts, downstream=downstream)
    match form:
        case "tree":
            _tree(graph, columns, walk)
        case "json":
            click.echo(lineage_json(graph, walk), nl=False)
        case "mermaid":
            click.echo(lineage_mermaid(walk), nl=False)
    return 0


_COLORS = {
    "column": "blue",
    "input": "blue",
    "model": "magenta",
    "label": "magenta",
    "examples": "magenta",
    "score": "green",
    "monitor": "yellow",
}


def _tree(graph: "Graph", columns: "Lineage", walk: "Walk") -> None:
    from ..compiler.lineage.tree import ABOVE, lineage_tree

    shortened = False
    for line in lineage_tree(graph, columns, walk, shutil.get_terminal_size().columns):
        shortened = shortened or line.note.endswith(ABOVE)
        click.echo(
            click.style(line.guide + line.role, dim=True)
            + click.style(line.name, fg=_COLORS.get(line.kind, "cyan"))
            + line.told
            + click.style(line.note + line.gap + line.place, dim=True)
        )
    click.echo(_summary(walk) + (f"  ({ABOVE} told above)" if shortened else ""))


def _summary(walk: "Walk") -> str:
    """How much there is, in a sentence."""
    from collections import Counter

    others = [node for node in walk.nodes if node.id not in walk.starts]
    if not others and not walk.downstream:
        return "made of nothing else; --downstream shows what reads it"
    if not others:
        return "nothing reads it"
    counts = Counter(node.kind for node in others)
    if not walk.downstream:
        sources = {node.name.partition(".")[0] for node in others if node.kind == "column"}
        return (
            f"made of {_counted(counts['column'], 'column')} of {_counted(len(sources), 'source')}"
        )
    told = [
        _counted(counts[kind], kind)
        for kind in ("feature", "label", "model", "score", "monitor")
        if counts[kind]
    ]
    return "touches " + ", ".join(told)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
