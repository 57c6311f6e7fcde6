"""`onespec models`"""

import json
from pathlib import Path
from typing import Any

import click

from .models_alias import alias_command
from .models_move import promote_command, rollback_command
from .models_show import show_command
from .options import place_options


@click.group(
    epilog="\b\nExamples:\n"
    "  onespec models list                                every version, and who is champion\n"
    "  onespec models show late_arrival                   the champion: metrics, gates, origin\n"
    '  onespec models promote late_arrival@3 --why "…"    make version 3 the champion\n'
    "  onespec models rollback late_arrival               back to the champion before\n"
    "  onespec models alias late_arrival@4 challenger     the version that a shadow asks"
)
def command() -> None:
    """List and show model versions; move the champion by hand.

    Every training that changes something registers a version. The version with the alias
    `champion` is the one that endpoints and batch jobs use.
    """


@command.command(
    "list",
    short_help="List versions, newest first.",
    epilog="\b\nExamples:\n"
    "  onespec models list\n"
    "  onespec models list late_arrival --json | jq '.[].version'",
)
@click.argument("model", required=False)
@place_options
def list_command(
    model: str | None, spec: Path, environment: str | None, state: Path | None, as_json: bool
) -> int:
    """List versions, newest first: aliases, the main metric on the test split, and when made."""
    from .versions import facts_of, opened, short_time

    with opened(spec, environment, state) as workspace:
        versions = list(workspace.ledger.versions(model))
        rows = [facts_of(workspace, version) for version in versions]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return 0
    if not rows:
        missing = f"no version of `{model}`" if model else "no model"
        click.echo(f"{missing} is registered yet; `onespec run` trains one")
        return 0
    _show(rows, [short_time(version.created) for version in versions])
    return 0


def _show(rows: list[dict[str, Any]], times: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    from .tables import print_table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("model", "version", "alias", "test", "made (UTC)", "key"):
        right = column in ("version", "test")
        table.add_column(column, justify="right" if right else "left", no_wrap=True)
    for row, made in zip(rows, times, strict=True):
        table.add_row(
            row["model"],
            str(row["version"]),
            f"[green]{', '.join(row['aliases'])}[/green]",
            row["shown"],
            made,
            f"[dim]{row['value_key'][:12]}[/dim]",
        )
    print_table(Console(highlight=False), table)


command.add_command(show_command)
command.add_command(promote_command)
command.add_command(rollback_command)
command.add_command(alias_command)
