"""`onespec models show`"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import place_options

if TYPE_CHECKING:
    from rich.console import Console

    from ..runtime.stores.ledger import ModelVersion
    from ..runtime.workspace import Workspace


@click.command(
    "show",
    short_help="Show one version: metrics, gates, origin, files.",
    epilog="\b\nExamples:\n"
    "  onespec models show late_arrival            the champion\n"
    "  onespec models show late_arrival@3          version 3\n"
    "  onespec models show late_arrival --json | jq .files",
)
@click.argument("which", metavar="MODEL[@VERSION|@ALIAS]")
@place_options
def show_command(
    which: str, spec: Path, environment: str | None, state: Path | None, as_json: bool
) -> int:
    """Show one version: its metrics and gates, the data it came from, and its files.

    Without @VERSION or @ALIAS, the champion is shown.
    """
    from .versions import find_version, opened

    model, _, alias = which.partition("@")
    with opened(spec, environment, state) as workspace:
        version = find_version(workspace, model, alias or "champion")
        told = _told(workspace, version)
        links = _latest(workspace, version, told["files"])
    if as_json:
        click.echo(json.dumps(told, indent=1))
    else:
        _show(told, version, links)
    return 0


def _told(workspace: "Workspace", version: "ModelVersion") -> dict[str, Any]:
    from .version_lineage import lineage_of
    from .versions import facts_of, outcome_of

    value = workspace.store.find(version.value_key)
    outcome = outcome_of(workspace, version)
    return {
        **facts_of(workspace, version),
        "spec": version.facts.get("spec"),
        "git_commit": version.facts.get("git_commit"),
        "gates": {"passed": outcome.passed, "gates": outcome.gates} if outcome else None,
        "inputs": lineage_of(workspace, version),
        "files": {n: str(workspace.store.fetch(b)) for n, b in value.files.items()}
        if value
        else {},
    }


def _latest(
    workspace: "Workspace", version: "ModelVersion", files: dict[str, str]
) -> dict[str, Path]:
    """The names for people, where they lead to the very same files; else the files themselves."""
    folder = workspace.state / "latest" / str(version.facts.get("train_step"))
    return {
        name: link if (link := folder / name).resolve() == Path(path).resolve() else Path(path)
        for name, path in files.items()
    }


def _show(told: dict[str, Any], version: "ModelVersion", links: dict[str, Path]) -> None:
    from rich.console import Console

    from .tables import metrics_table
    from .versions import short_time

    console = Console(highlight=False, soft_wrap=True, markup=False)
    click.secho(f"{told['model']} version {told['version']}", bold=True, nl=False)
    click.secho(f"  {', '.join(told['aliases'])}" if told["aliases"] else "", fg="green")
    commit = f" at commit {told['git_commit'][:12]}" if told["git_commit"] else ""
    made = f"made {short_time(version.created)} UTC from {told['spec']}{commit}"
    console.print(f"  {made}, key {told['value_key'][:12]}", style="dim")
    console.print(metrics_table(told["metrics"]))
    _show_gates(console, told["gates"])
    _show_inputs(console, told["inputs"])
    _title("files")
    width = max((len(name) for name in links), default=0)
    for name, path in links.items():
        console.print(f"  {name.ljust(width)}  {_short(path)}")
    if not links:
        console.print("  lost; run the plan that made it again")


def _show_gates(console: "Console", outcome: dict[str, Any] | None) -> None:
    from .tables import gate_lines

    if outcome is None:
        _title("gates", "no outcome is on record")
        return
    failed = sum(not gate["passed"] for gate in outcome["gates"])
    verdict = "passed" if outcome["passed"] else f"{failed} of {len(outcome['gates'])} failed"
    _title("gates", verdict if outcome["gates"] else "the spec asks for none")
    for line in gate_lines(outcome["gates"]):
        console.print(line)


def _show_inputs(console: "Console", inputs: dict[str, dict[str, Any]]) -> None:
    from rich.table import Table

    shown = {s: f for s, f in inputs.items() if s.startswith(("source.", "training_set."))}
    _title("came from", "" if shown else "not on record")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for step_id, facts in shown.items():
        rows = f"{facts['rows']:,} rows" if "rows" in facts else ""
        content = f"content {facts['identity'][:12]}" if "identity" in facts else ""
        table.add_row(f"  {step_id}", rows, content or f"key {facts['key'][:12]}")
    if shown:
        console.print(table)


def _title(text: str, more: str = "") -> None:
    click.echo(f"{click.style(text, bold=True)}{f'  {more}' if more else ''}")


def _short(path: Path) -> str:
    """Relative to where the person stands, where it lies below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
