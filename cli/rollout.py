"""`onespec rollout`"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .options import place_options, version_by_hand_options, why_option
from .rollout_show import facts_of, show, tell, watched

if TYPE_CHECKING:
    from ..compiler.plan import Plan
    from ..runtime.stores.ledger import RolloutRecord
    from ..runtime.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])


def _endpoint_argument(function: F) -> F:
    return click.argument("endpoint", required=False)(function)


@click.group(
    epilog="\b\nExamples:\n"
    "  onespec rollout status                 how far every rollout has come\n"
    "  onespec rollout advance api            the next share; the last makes it the champion\n"
    '  onespec rollout abort api --why "…"    the champion answers everything again\n'
    "  onespec rollout start late_arrival@4   the first share for a version, by hand"
)
def command() -> None:
    """Move a rollout on, take it back, or see how it stands.

    Where an endpoint has `rollout`, a version that passes its gates is its challenger and answers
    the first share of the entities. Endpoints take up each move within seconds.
    """


@command.command(
    "status",
    short_help="How far each rollout has come, and what its monitor says.",
    epilog="\b\nExamples:\n"
    "  onespec rollout status\n"
    "  onespec rollout status api --json | jq '.[].share'",
)
@_endpoint_argument
@place_options
def status_command(
    endpoint: str | None, spec: Path, environment: str | None, state: Path | None, as_json: bool
) -> int:
    """How far the newest rollout of each endpoint has come, and what its monitor has seen of it."""
    from .versions import opened

    with opened(spec, environment, state) as workspace:
        told = [facts_of(workspace, name) for name in _endpoints(workspace.plan, endpoint)]
    if as_json:
        click.echo(json.dumps(told, indent=1))
        return 0
    for facts in told:
        show(facts)
    return 0


@command.command(
    "advance",
    short_help="Give the challenger the next share.",
    epilog="\b\nExamples:\n"
    "  onespec rollout advance\n"
    '  onespec rollout advance api --force --why "the alert is about another thing"',
)
@_endpoint_argument
@why_option
@click.option("--force", is_flag=True, help="Although the monitor objects; needs --why.")
@place_options
def advance_command(
    endpoint: str | None,
    why: str,
    force: bool,
    spec: Path,
    environment: str | None,
    state: Path | None,
    as_json: bool,
) -> int:
    """Give the challenger the next share. With the last, 100%, it is the champion.

    Refused while the monitor under `watch` has an alert since the rollout began, or has not yet
    seen answers of the challenger at its present share, unless you say --force and --why.
    """
    from ..runtime.errors import StepError
    from .versions import opened

    if force and not why:
        raise click.UsageError("Say --why, too: the audit log keeps the reason.")
    with opened(spec, environment, state) as workspace:
        name = _one(workspace.plan, endpoint)
        rollout = _running(workspace, name)
        seen = watched(workspace, rollout)
        if seen is not None and seen.objection and not force:
            raise StepError(
                f"the challenger of `{name}` gets no larger share: {seen.objection}",
                remedy=f"look with `onespec monitor run {seen.monitor}`, take it back with "
                f'`onespec rollout abort {name}`, or say --force --why "…"',
            )
        reason = f"{why} (forced: {seen.objection})" if seen and seen.objection else why
        workspace.ledger.advance_rollout(rollout.number, rollout.stage, why=reason)
        told = facts_of(workspace, name)
    return tell(told, as_json)


@command.command(
    "abort",
    short_help="Take the challenger away.",
    epilog="\b\nExamples:\n"
    "  onespec rollout abort\n"
    '  onespec rollout abort api --why "complaints since Tuesday"',
)
@_endpoint_argument
@why_option
@place_options
def abort_command(
    endpoint: str | None,
    why: str,
    spec: Path,
    environment: str | None,
    state: Path | None,
    as_json: bool,
) -> int:
    """Take the challenger away: the champion answers everything again.

    The version stays registered. It is not rolled out again by itself; `onespec rollout start`
    does so.
    """
    from .versions import opened

    with opened(spec, environment, state) as workspace:
        name = _one(workspace.plan, endpoint)
        workspace.ledger.abort_rollout(_running(workspace, name).number, why=why)
        told = facts_of(workspace, name)
    return tell(told, as_json)


@command.command(
    "start",
    short_help="Roll out a version by hand.",
    epilog="\b\nExamples:\n"
    '  onespec rollout start late_arrival@4 --why "the feed was at fault, and is repaired"',
)
@version_by_hand_options
def start_command(
    which: str,
    why: str,
    force: bool,
    spec: Path,
    environment: str | None,
    state: Path | None,
    as_json: bool,
) -> int:
    """Make a version the challenger at the first share: one that was aborted, or an older one.

    What a run trains and what passes its gates begins by itself. The version must have passed its
    gates, unless you say --force.
    """
    from .models_move import gates_of, named_version
    from .versions import opened

    with opened(spec, environment, state) as workspace:
        version = named_version(workspace, which)
        endpoint = next(
            (e for e in workspace.plan.endpoints if e.model == version.model and e.rollout), None
        )
        if endpoint is None or endpoint.rollout is None:
            raise click.UsageError(f"No endpoint of `{version.model}` has a `rollout`.")
        facts = {
            "model": version.model,
            "version": version.version,
            "value_key": version.value_key,
            "gates": gates_of(workspace, version, force),
            "why": why or "by hand",
        }
        begun = workspace.ledger.begin_rollout(
            endpoint.name, version.model, version.version, endpoint.rollout.steps, facts, again=True
        )
        if begun is None:
            raise click.UsageError(f"Version {version.version} is the champion already.")
        told = facts_of(workspace, endpoint.name)
    return tell(told, as_json)


def _endpoints(plan: "Plan", wanted: str | None) -> list[str]:
    """The one that is named, or all that roll out."""
    names = [endpoint.name for endpoint in plan.endpoints if endpoint.rollout is not None]
    if wanted is not None and wanted not in names:
        known = f"; those that have: {', '.join(names)}" if names else ""
        raise click.UsageError(f"There is no endpoint `{wanted}` with a `rollout`{known}.")
    if not names:
        raise click.UsageError("No endpoint of the spec has a `rollout`.")
    return names if wanted is None else [wanted]


def _one(plan: "Plan", wanted: str | None) -> str:
    names = _endpoints(plan, wanted)
    if len(names) > 1:
        raise click.UsageError(f"Which endpoint? Name one of: {', '.join(names)}.")
    return names[0]


def _running(workspace: "Workspace", endpoint: str) -> "RolloutRecord":
    from ..runtime.errors import StepError
    from ..runtime.rollouts import running_rollout

    found = running_rollout(workspace.ledger, endpoint)
    if found is None:
        raise StepError(
            f"no rollout of `{endpoint}` is under way",
            remedy="it begins when a run trains a version that passes its gates, or with "
            "`onespec rollout start MODEL@VERSION`",
        )
    return found
