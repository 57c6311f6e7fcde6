"""`onespec step`"""

from pathlib import Path

import click

from .options import state_option


@click.command(
    epilog="\b\nExample:\n  onespec step build/ray/plan.json train.late_arrival --project ."
)
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.argument("step_id", metavar="STEP")
@click.option("--project", type=click.Path(path_type=Path), default=Path(), show_default=True)
@state_option
@click.option("--as-of", metavar="INSTANT", help="Run for this instant, e.g. 2026-01-31T00:00Z.")
def command(
    plan_file: Path, step_id: str, project: Path, state: Path | None, as_of: str | None
) -> int:
    """Run one step of a plan: the unit of work that every target calls.

    Its inputs must have been run before. Running it again is harmless: what is published under
    the same key is published once.
    """
    from ..runtime.open import place_of
    from ..runtime.single import run_single
    from .plans import load_any
    from .run import parse_instant

    plan, folder = load_any(plan_file, None, project)
    result = run_single(plan, step_id, place_of(plan, folder, state, parse_instant(as_of)))
    if result.error is not None:
        raise result.error
    assert result.key is not None
    took = "cached" if result.state == "cached" else f"{result.seconds:.1f} s"
    click.echo(
        f"{click.style('✓', fg='green')} {step_id}  {result.key[:12]}  "
        f"{click.style(took, dim=True)}"
    )
    return 0
