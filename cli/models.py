"""`onespec models`"""

import json
from pathlib import Path
from typing import Any

import click

from .options import environment_option, find_spec, json_option, state_option


@click.group()
def command() -> None:
    """List model versions, and show one."""


def _shared(function: Any) -> Any:
    for option in (
        click.option("--spec", type=click.Path(path_type=Path), default=Path(), help="The spec."),
        environment_option,
        state_option,
        json_option,
    ):
        function = option(function)
    return function


@command.command("list", epilog="\b\nExample:\n  onespec models list")
@click.argument("model", required=False)
@_shared
def list_command(
    model: str | None, spec: Path, environment: str | None, state: Path | None, as_json: bool
) -> int:
    """All versions, newest first, with their aliases and main metric."""
    from ..runtime.open import place_of
    from .plans import load_any

    plan, project = load_any(find_spec(spec), environment)
    with place_of(plan, project, state).open(plan) as workspace:
        versions = list(workspace.ledger.versions(model))
        rows = [_facts(workspace, v) for v in versions]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return 0
    if not rows:
        click.echo("no model is registered yet; `onespec run` trains one")
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("model", "version", "alias", "test", "made", "key"):
        table.add_column(column, justify="right" if column in ("version", "test") else "left")
    for row in rows:
        table.add_row(
            row["model"],
            str(row["version"]),
            f"[green]{', '.join(row['aliases'])}[/green]",
            row["shown"],
            row["created"],
            f"[dim]{row['value_key'][:12]}[/dim]",
        )
    Console().print(table)
    return 0


@command.command("show", epilog="\b\nExample:\n  onespec models show late_arrival@champion")
@click.argument("which", metavar="MODEL[@VERSION|@ALIAS]")
@_shared
def show_command(
    which: str, spec: Path, environment: str | None, state: Path | None, as_json: bool
) -> int:
    """One version: its metrics, gates, inputs and where its files are."""
    from ..runtime.open import place_of
    from .plans import load_any

    model, _, alias = which.partition("@")
    plan, project = load_any(find_spec(spec), environment)
    with place_of(plan, project, state).open(plan) as workspace:
        version = workspace.ledger.version(model, alias or "champion")
        if version is None:
            known = [f"{v.model}@{v.version}" for v in workspace.ledger.versions()]
            there = ", ".join(known) or "none"
            raise click.UsageError(
                f"There is no {model}@{alias or 'champion'}; there are: {there}."
            )
        facts = _facts(workspace, version)
        value = workspace.store.find(version.value_key)
        files = {n: str(workspace.store.fetch(b)) for n, b in value.files.items()} if value else {}
    if as_json:
        click.echo(json.dumps({**facts, "files": files}, indent=1))
        return 0
    click.secho(f"{facts['model']} version {facts['version']}", bold=True, nl=False)
    click.secho(f"  {', '.join(facts['aliases'])}", fg="green")
    click.echo(f"made {facts['created']}, key {facts['value_key'][:16]}")
    for split in ("train", "validation", "test"):
        metrics = facts["metrics"].get(split) or {}
        told = "  ".join(f"{k} {v:.4f}" for k, v in metrics.items() if isinstance(v, float))
        click.echo(f"  {click.style(split.ljust(10), fg='cyan')} {told}")
    for name, path in files.items():
        click.echo(f"  {click.style(name, dim=True)}  {path}")
    return 0


def _facts(workspace: Any, version: Any) -> dict[str, Any]:
    from datetime import UTC, datetime

    evaluation = workspace.store.find(version.evaluation_key)
    facts = dict(evaluation.facts) if evaluation else {}
    main = facts.get("main_metric", "")
    value = (facts.get("test") or {}).get(main)
    made = datetime.fromtimestamp(version.created / 1e6, UTC)
    return {
        "model": version.model,
        "version": version.version,
        "aliases": list(version.aliases),
        "created": made.strftime("%Y-%m-%d %H:%M UTC"),
        "value_key": version.value_key,
        "evaluation_key": version.evaluation_key,
        "metrics": {split: facts.get(split) for split in ("train", "validation", "test")},
        "shown": f"{main} {value:.4f}" if isinstance(value, float) else "",
    }
