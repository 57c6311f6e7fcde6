"""`onespec plan`"""

from pathlib import Path

import click

from .options import environment_option, find_spec, json_option, spec_argument, state_option


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec plan\n"
    "  onespec plan --select train.late_arrival+   this step and all that follow\n"
    "  onespec plan --json | jq '.[] | select(.status == \"runs\")'"
)
@spec_argument
@environment_option
@click.option("-s", "--select", "patterns", multiple=True, help="Only these steps; repeatable.")
@state_option
@json_option
def command(
    spec: Path,
    environment: str | None,
    patterns: tuple[str, ...],
    state: Path | None,
    as_json: bool,
) -> int:
    """Show what a run would do, and why.

    A step is cached, or it runs: because it is new, its inputs, parameters or code have changed,
    or its value was lost.
    """
    from ..runtime.open import place_of
    from ..runtime.predict import predict
    from ..runtime.select import select
    from .plans import load_any

    plan, project = load_any(find_spec(spec), environment)
    chosen = select(plan, patterns or ("job:main",))
    with place_of(plan, project, state).open(plan) as workspace:
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
    click.echo(
        f"\n{counts['runs']} to run, {counts['cached']} cached"
        + (f", {counts['unknown']} depend on the others" if counts["unknown"] else "")
    )
