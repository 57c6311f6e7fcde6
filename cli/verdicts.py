"""What a monitor found, and what follows from it."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..compiler.plan import Plan
from ..runtime.events import StepResult
from ..runtime.open import Place

if TYPE_CHECKING:
    from ..runtime.stores.ledger import Ledger

_COLORS = {"ok": "green", "warn": "yellow", "alert": "red", "insufficient": "bright_black"}


def show_verdict(report: Mapping[str, Any], page: Path) -> None:
    """The verdict in a few lines, and where the page is."""
    from ..runtime.monitoring.summary import summary_lines

    for state, line in summary_lines(report):
        click.secho(line, fg=_COLORS.get(state))
    click.echo(f"  report: {page}\n")


def keep_page(page: Path, place: Place, monitor: str) -> Path:
    """The report under a name that a person can find again; the store keeps every one."""
    folder = place.state / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{monitor}.html"
    kept.unlink(missing_ok=True)
    shutil.copyfile(page, kept)
    return kept


def abort_rollouts(plan: Plan, ledger: "Ledger", report: Mapping[str, Any], *, quiet: bool) -> None:
    """Take back what the monitor watches, when it alerts."""
    from ..runtime.rollouts import abort_on_alert

    if report["state"] != "alert":
        return
    for aborted in abort_on_alert(plan, ledger, report["monitor"], report["verdict"]):
        if not quiet:
            click.secho(
                f"aborted the rollout of `{aborted.endpoint}`: version {aborted.version} is asked "
                "no more",
                fg="red",
            )


def act(plan: Plan, place: Place, result: StepResult, executor: str, *, quiet: bool) -> bool:
    """Start the retraining that a monitor asked for; False when it failed.

    The gates decide whether it is promoted; that they say no is no failure. A cached look counts
    too: what it asked for may have been put off, or killed.
    """
    model = result.facts.get("retrain")
    if not model or not result.good:
        return True
    from ..runtime.engine import run
    from ..runtime.executors import make_executor
    from .progress import Progress

    if not quiet:
        click.echo(f"retraining `{model}`, as the spec asks on an alert")
    progress = Progress(plan, quiet=quiet)
    with progress:
        done = run(
            plan,
            place,
            make_executor(executor),
            selection=frozenset({f"promote.{model}"}),
            on_event=progress.on_event,
        )
    if quiet:
        return done.state != "failed"
    if not done.of_state("done", "failed", "gate_failed"):
        click.echo("  there is nothing new to learn from: the data is what the champion has seen")
    elif done.state == "gate_failed":
        click.secho("  the candidate did not pass its gates; the champion stays", fg="yellow")
    elif done.state == "done":
        rolled_out = done.steps[f"promote.{model}"].facts.get("rolled_out")
        what = "challenger of `{}` is rolled out" if rolled_out else "champion of `{}` is promoted"
        click.echo(f"  {click.style('✓', fg='green')} a new {what.format(model)}")
    for step_id in done.of_state("failed"):
        click.secho(f"  {step_id} failed: {done.steps[step_id].error}", fg="red", err=True)
    return done.state != "failed"
