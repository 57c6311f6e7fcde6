"""`onespec graph`"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import environment_option, find_spec, spec_argument

if TYPE_CHECKING:
    from ..compiler.graph import Graph


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec graph\n"
    "  onespec graph --format svg > graph.svg\n"
    "  onespec graph --format mermaid > graph.mmd"
)
@spec_argument
@environment_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["tree", "svg", "mermaid", "dot", "json"]),
    default="tree",
    show_default=True,
    help="`svg` is a picture for any browser, `mermaid` for Markdown, `dot` for Graphviz.",
)
def command(spec: Path, environment: str | None, form: str) -> int:
    """Show what depends on what: sources, feature views, models, deployments, monitors.

    The tree goes from what people use, at the top, down to the data that it is made of; `↑` marks
    what was told further up.
    """
    from ..compiler.draw import draw_dot, draw_json, draw_mermaid
    from .targets import checked_graph

    graph = checked_graph(find_spec(spec), environment)
    match form:
        case "tree":
            _tree(graph)
        case "svg":
            from ..compiler.draw_svg import draw_svg

            click.echo(draw_svg(graph), nl=False)
        case "mermaid":
            click.echo(draw_mermaid(graph), nl=False)
        case "dot":
            click.echo(draw_dot(graph), nl=False)
        case "json":
            click.echo(draw_json(graph), nl=False)
    return 0


_COLORS = {
    "source": "blue",
    "view": "cyan",
    "model": "magenta",
    "deployment": "green",
    "monitor": "yellow",
}


def _tree(graph: "Graph") -> None:
    from ..compiler.draw_tree import draw_tree

    for line in draw_tree(graph, shutil.get_terminal_size().columns):
        click.echo(
            click.style(line.guide, dim=True)
            + click.style(line.name, fg=_COLORS[line.kind])
            + click.style(line.note + line.gap + line.place, dim=True)
        )
