"""`onespec step`"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import as_of_option, json_option, project_option, state_option

if TYPE_CHECKING:
    from ..runtime.events import StepResult


@click.command(
    epilog="\b\nExample:\n  onespec step build/ray/plan.json train.late_arrival --project ."
)
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.argument("step_id", metavar="STEP")
@project_option
@state_option
@as_of_option
@json_option
def command(
    plan_file: Path,
    step_id: str,
    project: Path | None,
    state: Path | None,
    as_of: int | None,
    as_json: bool,
) -> int:
    """Run one step of a plan: the unit of work that every target calls.

    PLAN is a compiled plan.json, STEP an id that `onespec plan` shows. What the step reads must
    have been run before. Running a step again is harmless: its result is kept once. Exits
    with 1 when the step fails, and with 4 when a gate stays shut, which running again does not
    mend.
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
    if as_json:
        click.echo(_on_one_line(result))
        return 0
    took = "cached" if result.state == "cached" else f"{result.seconds:.1f} s"
    click.echo(
        f"{click.style('✓', fg='green')} {step_id}  {result.key[:12]}  "
        f"{click.style(took, dim=True)}"
    )
    return 0


def _on_one_line(result: "StepResult") -> str:
    """For programs that read the last line of what a process printed."""
    import json

    told = {
        "step": result.step_id,
        "state": result.state,
        "key": result.key,
        "seconds": round(result.seconds, 3),
        "facts": dict(result.facts),
    }
    return json.dumps(told)
