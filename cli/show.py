"""`onespec show …`"""

from pathlib import Path

import click

from .options import environment_option, find_spec, spec_option


@click.group()
def command() -> None:
    """Show what the compiler knows about a part of the spec."""


@command.command(
    epilog="\b\nExamples:\n"
    "  onespec show contract api\n"
    "  onespec show contract nightly --format json\n"
    "  onespec show contract api --format openapi > openapi.json"
)
@click.argument("deployment")
@spec_option
@environment_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "openapi"]),
    default="table",
    show_default=True,
    help="For people, for scripts, or what the endpoint publishes of its scoring request.",
)
def contract(deployment: str, spec: Path, environment: str | None, form: str) -> int:
    """Show what goes into a DEPLOYMENT and what comes out, link by link.

    From source columns to features, the model's inputs, the request, the prediction log, and the
    monitors that read it.
    """
    import shutil

    from ..compiler.contract import contract as contract_of
    from ..specs.suggest import did_you_mean
    from .contract_text import contract_json, contract_lines
    from .targets import checked_graph

    graph = checked_graph(find_spec(spec), environment)
    node = graph.deployments.get(deployment)
    if node is None:
        guess = did_you_mean(deployment, graph.deployments)
        hint = f" {guess[:1].upper()}{guess[1:]}" if guess else ""
        raise click.UsageError(f"There is no deployment `{deployment}`.{hint}")
    match form:
        case "table":
            width = shutil.get_terminal_size().columns
            for line in contract_lines(contract_of(graph, node), width):
                click.echo(line)
        case "json":
            click.echo(contract_json(contract_of(graph, node)))
        case "openapi":
            if node.section.online is None:
                raise click.UsageError(f"`{deployment}` is a batch: it has no requests.")
            click.echo(_openapi(graph, node))
    return 0


def _openapi(graph: object, node: object) -> str:
    import json

    from ..compiler.graph import DeploymentNode, Graph
    from ..compiler.interfaces.openapi import openapi
    from ..compiler.scheduling.builder import Builder
    from ..compiler.scheduling.deployments import endpoint_of

    assert isinstance(graph, Graph)
    assert isinstance(node, DeploymentNode)
    return json.dumps(openapi(endpoint_of(Builder(graph), node)), indent=1, ensure_ascii=False)
