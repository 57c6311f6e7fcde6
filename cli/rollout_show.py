"""How a rollout stands, for people and as JSON."""

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..runtime.rollouts import Watch
    from ..runtime.stores.ledger import RolloutRecord
    from ..runtime.workspace import Workspace


def watched(workspace: "Workspace", rollout: "RolloutRecord") -> "Watch | None":
    """What the monitor says, where the spec names one."""
    from ..runtime.rollouts import watch

    section = workspace.plan.endpoint(rollout.endpoint).rollout
    if section is None or section.watch is None:
        return None
    return watch(workspace, section.watch, rollout)


def facts_of(workspace: "Workspace", endpoint: str) -> dict[str, Any]:
    """How the newest rollout of an endpoint stands, as JSON."""
    from .versions import moment

    model = workspace.plan.endpoint(endpoint).model
    champion = workspace.ledger.version(model, "champion")
    facts: dict[str, Any] = {
        "endpoint": endpoint,
        "model": model,
        "champion": champion.version if champion else None,
        "state": "none",
    }
    found = next(iter(workspace.ledger.rollouts(endpoint)), None)
    if found is None:
        return facts
    seen = watched(workspace, found) if found.running else None
    return facts | {
        "state": found.state,
        "version": found.version,
        "share": found.share,
        "step": found.stage + 1,
        "steps": list(found.steps),
        "began": moment(found.began).isoformat(timespec="seconds"),
        "moved": moment(found.moved).isoformat(timespec="seconds"),
        "watch": None
        if seen is None
        else {
            "monitor": seen.monitor,
            "objection": seen.objection,
            "state": seen.state,
            "rows": seen.rows,
            "alerts": list(seen.alerts),
        },
    }


def tell(facts: dict[str, Any], as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps(facts, indent=1))
    else:
        show(facts)
    return 0


_MARKS = {"running": ("●", "cyan"), "promoted": ("✓", "green"), "aborted": ("✗", "red")}


def show(facts: dict[str, Any]) -> None:
    from ..specs.scalars import format_percentage

    endpoint, model = click.style(facts["endpoint"], bold=True), facts["model"]
    answers = f"version {facts['champion']} answers" if facts["champion"] else "no champion yet"
    if facts["state"] == "none":
        click.echo(f"{endpoint}: nothing was rolled out yet; {answers}")
        return
    mark, color = _MARKS.get(facts["state"], ("○", "bright_black"))
    what = f"{click.style(mark, fg=color)} {endpoint}: version {facts['version']} of {model}"
    match facts["state"]:
        case "running":
            steps = " → ".join(
                click.style(
                    format_percentage(step),
                    bold=number == facts["step"],
                    dim=number < facts["step"],
                )
                for number, step in enumerate(facts["steps"], 1)
            )
            share = format_percentage(facts["share"])
            click.echo(
                f"{what} answers {share} of the entities, version {facts['champion']} the rest"
            )
            click.echo(f"  {steps}, at this share since {facts['moved']}")
            _show_watch(facts["watch"])
        case "promoted":
            click.echo(f"{what} is the champion: its rollout is complete")
        case state:
            click.echo(f"{what}: the rollout was {state}; {answers}")


def _show_watch(seen: dict[str, Any] | None) -> None:
    if seen is None:
        return
    if seen["objection"]:
        click.secho(f"  {seen['objection']}", fg="yellow")
    else:
        click.echo(
            f"  `{seen['monitor']}` found nothing: {seen['state']}, with {seen['rows']} rows of "
            "the challenger"
        )
