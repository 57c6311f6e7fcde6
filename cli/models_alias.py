"""`onespec models alias`"""

import json
import re
from pathlib import Path

import click

from .models_move import named_version
from .options import place_options, why_option

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@click.command(
    "alias",
    short_help="Give a version an alias, such as that of a shadow.",
    epilog="\b\nExamples:\n"
    "  onespec models alias late_arrival@4 challenger     it is the shadow from now on\n"
    "  onespec models alias late_arrival challenger --drop",
)
@click.argument("which", metavar="MODEL@VERSION")
@click.argument("alias")
@click.option("--drop", is_flag=True, help="Take the alias away; name the MODEL alone.")
@why_option
@place_options
def alias_command(
    which: str,
    alias: str,
    drop: bool,
    why: str,
    spec: Path,
    environment: str | None,
    state: Path | None,
    as_json: bool,
) -> int:
    """Give a version an alias, or take one away.

    An endpoint with `shadow: ALIAS` asks that version beside the requests. A rollout whose
    challenger is moved or taken away ends. `champion` is moved by `onespec models promote`.
    """
    from .versions import opened

    if alias == "champion":
        raise click.UsageError("The champion is moved by `onespec models promote`.")
    if not _NAME.fullmatch(alias):
        raise click.UsageError(
            f"`{alias}` is no alias: lower-case letters, digits and underscores, a letter first."
        )
    with opened(spec, environment, state) as workspace:
        if drop:
            model, version = which, None
            before = workspace.ledger.version(model, alias)
            workspace.ledger.drop_alias(model, alias, why=why or "by hand")
        else:
            found = named_version(workspace, which)
            model, version = found.model, found.version
            before = workspace.ledger.version(model, alias)
            workspace.ledger.set_alias(model, alias, version, why=why or "by hand")
    told = {
        "model": model,
        "alias": alias,
        "before": before.version if before else None,
        "after": version,
        "why": why,
    }
    if as_json:
        click.echo(json.dumps(told, indent=1))
        return 0
    old, new = (f"version {n}" if n else "none" for n in (told["before"], told["after"]))
    click.echo(f"{click.style('✓', fg='green')} {alias} of {model}: {old} → {new}")
    return 0
