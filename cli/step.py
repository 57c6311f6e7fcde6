"""`onespec step`"""

from pathlib import Path

import click

from .options import as_of_option, project_option, state_option


@click.command(
    epilog="\b\nExample:\n  onespec step build/ray/plan.json train.late_arrival --project ."
)
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.argument("step_id", metavar="STEP")
@project_option
@state_option
@as_of_option
def command(
    plan_file: Path, step_id: str, project: Path | None, state: Path | None, as_of: int | None
) -> int:
    """Run one step of a plan: the unit of work that every target calls.

    PLAN is a compiled plan.json, STEP an id that `onespec plan` shows. What the step reads must
    have been run before. Running a step again is harmless: its result is kept once.
    """
    from ..runtime.open import place_of
    from ..runtime.single import run_single
    from .plans import load_any

    plan, folder = load_any(plan_file, None, project)
    result = run_single(plan, step_id, place_of(plan, folder, state, as_of))
    if result.error is not None:
        raise result.error
    assert result.key is not None
    if result.facts.get("fallback"):
        click.secho(f"! {step_id} on the CPU: {result.facts['fallback']}", fg="yellow", err=True)
    took = "cached" if result.state == "cached" else f"{result.seconds:.1f} s"
    click.echo(
        f"{click.style('✓', fg='green')} {step_id}  {result.key[:12]}  "
        f"{click.style(took, dim=True)}"
    )
    return 0
