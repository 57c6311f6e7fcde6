"""`onespec plan`"""

from pathlib import Path

import click

from .options import (
    as_of_option,
    environment_option,
    find_spec,
    json_option,
    project_option,
    select_option,
    spec_argument,
    state_option,
)


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec plan\n"
    "  onespec plan --select train.late_arrival+   this step and all that follow\n"
    "  onespec plan --as-of 2026-01-31T00:00Z      what a run for that instant would do\n"
    "  onespec plan --json | jq '.[] | select(.status == \"runs\")'"
)
@spec_argument
@environment_option
@select_option
@project_option
@state_option
@as_of_option
@json_option
def command(
    spec: Path,
    environment: str | None,
    patterns: tuple[str, ...],
    project: Path | None,
    state: Path | None,
    as_of: int | None,
    as_json: bool,
) -> int:
    """Show what a run would do, and why.

    A step is cached, or it runs: because it is new, its inputs, parameters or code have changed,
    or its value was lost. `unknown` is a step that depends on what another one will find. Nothing
    is run.
    """
    from ..runtime.open import place_of
    from ..runtime.predict import predict
    from .plans import load_any
    from .selection import selected

    plan, folder = load_any(find_spec(spec), environment, project)
    chosen = selected(plan, patterns)
    with place_of(plan, folder, state, as_of).open(plan) as workspace:
        told = [p for p in predict(plan, workspace) if p.step_id in chosen]
    if as_json:
        import json
        from dataclasses import asdict

        click.echo(json.dumps([asdict(p) for p in told], indent=1))
        return 0
    _show([(p.step_id, p.status, p.why, plan.step(p.step_id).at) for p in told])
    return 0


_MARKS = {"cached": ("=", "bright_black"), "runs": ("▶", "green"), "unknown": ("?", "yellow")}


def _show(rows: list[tuple[str, str, str, str]]) -> None:
    width = max((len(step) for step, *_ in rows), default=0)
    for step, status, why, at in rows:
        mark, color = _MARKS[status]
        dim = status == "cached"
        click.echo(
            f"{click.style(mark, fg=color)} {click.style(step.ljust(width), dim=dim)}  "
            f"{click.style(status.ljust(7), fg=color)}  {why or ''} "
            f"{click.style(at, dim=True)}".rstrip()
        )
    counts = {s: sum(1 for _, status, *_ in rows if status == s) for s in _MARKS}
    depends = "depends" if counts["unknown"] == 1 else "depend"
    click.echo(
        f"\n{counts['runs']} to run, {counts['cached']} cached"
        + (f", {counts['unknown']} {depends} on the others" if counts["unknown"] else "")
    )
