"""`onespec models promote` and `onespec models rollback`"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import place_options, version_by_hand_options, why_option

if TYPE_CHECKING:
    from ..runtime.stores.ledger import ModelVersion
    from ..runtime.workspace import Workspace


@click.command(
    "promote",
    epilog="\b\nExamples:\n"
    '  onespec models promote late_arrival@3 --why "version 4 is slow on Mondays"\n'
    "  onespec models promote late_arrival@5 --force    although a gate has failed",
)
@version_by_hand_options
def promote_command(
    which: str,
    why: str,
    force: bool,
    spec: Path,
    environment: str | None,
    state: Path | None,
    as_json: bool,
) -> int:
    """Make a version the champion by hand.

    Endpoints take it up within seconds, the next batch run scores with it. A run that finds
    everything cached leaves your choice alone; a newly trained version that passes its gates
    replaces it. The version must have passed its gates, unless you say --force.
    """
    from .versions import PROMOTED_BY_HAND, opened

    with opened(spec, environment, state) as workspace:
        version = named_version(workspace, which)
        gates = gates_of(workspace, version, force)
        told = _move(workspace, version, PROMOTED_BY_HAND, why, {"gates": gates, "forced": force})
    _show(told, as_json)
    return 0


@click.command(
    "rollback",
    epilog="\b\nExamples:\n"
    "  onespec models rollback late_arrival\n"
    '  onespec models rollback late_arrival --why "complaints since Tuesday"',
)
@click.argument("model")
@why_option
@place_options
def rollback_command(
    model: str, why: str, spec: Path, environment: str | None, state: Path | None, as_json: bool
) -> int:
    """Make the previous champion the champion again.

    The audit log knows who it was. Rolling back again goes one champion further back; nothing is
    deleted, and `onespec models promote` goes forward again.
    """
    from ..runtime.errors import StepError
    from .versions import ROLLED_BACK, champions_of, find_version, opened

    with opened(spec, environment, state) as workspace:
        now = find_version(workspace, model, "champion")
        held = champions_of(workspace, model)
        if len(held) < 2 or held[-1] != now.version:
            raise StepError(
                f"the audit log knows no champion of `{model}` before version {now.version}",
                remedy=f"`onespec models promote {model}@VERSION` makes any version the champion",
            )
        version = find_version(workspace, model, str(held[-2]))
        told = _move(workspace, version, ROLLED_BACK, why, {})
    _show(told, as_json)
    return 0


def named_version(workspace: "Workspace", which: str) -> "ModelVersion":
    """The version that is meant by MODEL@VERSION. Raises UsageError."""
    from .versions import find_version

    model, separator, number = which.partition("@")
    if not separator or not number:
        raise click.UsageError(f"Which version of `{model}`? Name it, as in {model}@1.")
    return find_version(workspace, model, number)


def gates_of(workspace: "Workspace", version: "ModelVersion", force: bool) -> str:
    """`passed`, `failed` or `unknown`. Raises StepError for the latter two, unless forced."""
    from ..runtime.errors import StepError
    from .tables import gate_lines
    from .versions import outcome_of

    name = f"version {version.version} of `{version.model}`"
    outcome = outcome_of(workspace, version)
    if outcome is not None and outcome.passed:
        return "passed"
    if force:
        return "failed" if outcome else "unknown"
    if outcome is None:
        raise StepError(
            f"it is not known whether {name} passes its gates: no outcome is on record",
            remedy="run the plan, which holds its gates, or promote it all the same with --force",
        )
    failed = [gate for gate in outcome.gates if not gate["passed"]]
    lines = "\n".join(line.plain.rstrip() for line in gate_lines(failed))
    raise StepError(
        f"{name} fails {len(failed)} of its {len(outcome.gates)} gates:\n{lines}",
        remedy="promote it all the same with --force",
    )


def _move(
    workspace: "Workspace", version: "ModelVersion", action: str, why: str, more: dict[str, Any]
) -> dict[str, Any]:
    """Moves the alias, with an entry in the audit log before it: what has moved is explained."""
    from ..runtime.errors import StepError
    from ..runtime.evaluation.promotions import CHAMPION

    if workspace.store.find(version.value_key) is None:
        raise StepError(
            f"the files of version {version.version} of `{version.model}` are lost",
            remedy="run the plan that made it again",
        )
    before = workspace.ledger.version(version.model, CHAMPION)
    told = {
        "model": version.model,
        "before": before.version if before else None,
        "after": version.version,
        "why": why,
        **more,
    }
    if before is None or before.version != version.version:
        facts = {**told, "version": version.version, "value_key": version.value_key}
        workspace.ledger.audit(action, f"{version.model}@{version.version}", facts)
        reason = f"{action.replace('_', ' ')}{f': {why}' if why else ''}"
        workspace.ledger.set_alias(version.model, CHAMPION, version.version, why=reason)
    return told


def _show(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told, indent=1))
        return
    before, after = told["before"], told["after"]
    mark = click.style("✓", fg="green")
    if before == after:
        click.echo(f"{mark} version {after} of {told['model']} is the champion already")
        return
    old = f"version {before}" if before else "none"
    new = click.style(f"version {after}", bold=True)
    click.echo(f"{mark} champion of {told['model']}: {old} → {new}")
    if told.get("gates") not in (None, "passed"):
        click.secho(f"  its gates: {told['gates']}; promoted because of --force", fg="yellow")
