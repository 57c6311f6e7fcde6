"""`onespec graph`"""

from pathlib import Path

import click

from .options import environment_option, find_spec, spec_argument


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec graph\n"
    "  onespec graph --format mermaid > graph.mmd\n"
    "  onespec graph --format dot | dot -Tsvg > graph.svg"
)
@spec_argument
@environment_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["tree", "mermaid", "dot", "json"]),
    default="tree",
    show_default=True,
    help="`mermaid` and `dot` are for drawing.",
)
def command(spec: Path, environment: str | None, form: str) -> int:
    """Show what depends on what: sources, feature views, models, deployments, monitors.

    The tree goes from what people use, at the top, down to the data that it is made of.
    """
    from ..compiler.draw import draw_dot, draw_json, draw_mermaid
    from .targets import compiled

    graph, _ = compiled(find_spec(spec), environment)
    match form:
        case "tree":
            _tree(graph)
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


def _tree(graph: object) -> None:
    """From what people use down to what it is made of."""
    from rich.console import Console
    from rich.tree import Tree

    from ..compiler.graph import Graph

    assert isinstance(graph, Graph)
    digraph = graph.digraph
    root = Tree(f"[bold]{graph.spec.name}[/bold]", guide_style="dim")
    shown: set[str] = set()

    def grow(branch: Tree, name: str) -> None:
        kind, _, short = name.partition(".")
        known = name in shown and digraph.in_degree(name) > 0
        more = ", as above" if known else ""
        grown = branch.add(f"[{_COLORS[kind]}]{short}[/] [dim]{kind}{more}[/dim]")
        shown.add(name)
        if not known:
            for before in digraph.predecessors(name):
                grow(grown, before)

    for name in digraph:
        if digraph.out_degree(name) == 0:
            grow(root, name)
    Console().print(root)
