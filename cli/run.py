"""`onespec run`"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..compiler.interfaces.exit_codes import GATE_SHUT
from .options import (
    SELECTING,
    as_of_option,
    cluster_options,
    environment_option,
    executor_option,
    find_spec,
    json_option,
    project_option,
    select_options,
    spec_argument,
    state_option,
)

if TYPE_CHECKING:
    from ..compiler.plan import Plan
    from ..runtime.executors import Elsewhere

_EXAMPLES = (
    "\b\nExamples:\n"
    "  onespec run                               everything, on a Ray of this machine\n"
    "  onespec run --executor inline             in this process\n"
    "  onespec run --select nightly              a batch deployment, and what it lacks\n"
    "  onespec run --select +evaluate.late_arrival\n\n"
    "\b\nA compiled plan, from anywhere (its paths are relative to the project):\n"
    "  onespec run churn/build/ray/plan.json --project churn --address ray://head:10001\n"
)


_EXIT_CODES = {"done": 0, "failed": 1, "gate_failed": GATE_SHUT, "interrupted": 130}


@click.command(epilog=_EXAMPLES + SELECTING)
@spec_argument
@environment_option
@select_options
@executor_option("ray")
@cluster_options
@project_option
@state_option
@as_of_option
@click.option("--force", is_flag=True, help="Run the selected steps although they are cached.")
@json_option
def command(
    spec: Path,
    environment: str | None,
    patterns: tuple[str, ...],
    exclude: tuple[str, ...],
    against: str | None,
    executor: str,
    address: str | None,
    ship: bool,
    patience: float,
    project: Path | None,
    state: Path | None,
    as_of: int | None,
    force: bool,
    as_json: bool,
) -> int:
    """Run the plan: only what has changed, everything else is taken from the store.

    SPEC is a spec, its folder, or a compiled plan.json. Exits with 1 when a step has failed, and
    with 4 when nothing has failed but a gate, which running again does not mend.
    """
    from ..runtime.engine import run
    from ..runtime.executors import make_executor
    from ..runtime.open import place_of
    from .plans import load_with_places
    from .progress import Progress
    from .selection import selected

    loaded = load_with_places(find_spec(spec), environment, project)
    plan = loaded.plan
    place = place_of(plan, loaded.folder, state, as_of)
    chosen = selected(plan, place, patterns, exclude, against)
    progress = Progress(plan, quiet=as_json)
    with progress:
        result = run(
            plan,
            place,
            make_executor(executor, _elsewhere(plan, address, ship, patience)),
            selection=chosen,
            on_event=progress.on_event,
            force=force,
            spec_place=loaded.spec_place,
        )
    if as_json:
        _print_json(result)
    else:
        from .summary import show_run

        show_run(plan, place, result, _words(spec, environment))
    return _EXIT_CODES[result.state]


def _elsewhere(
    plan: "Plan", address: str | None, ship: bool, patience: float
) -> "Elsewhere | None":
    if address is None or address == "local":
        if ship or patience:
            raise click.UsageError("`--ship` and `--wait-for-nodes` are for a cluster: `--address`")
        return None
    from ..runtime.executors import Elsewhere
    from ..runtime.executors.shipment import Shipment

    packages = tuple(plan.targets.get("ray", {}).get("pip", ()))
    return Elsewhere(address, Shipment(packages) if ship else None, patience)


def _words(spec: Path, environment: str | None) -> tuple[str, str]:
    """How the next command names the same spec: as its argument, and as `--spec`."""
    from shlex import quote

    overlay = f" -e {quote(environment)}" if environment else ""
    if spec == Path():
        return overlay, overlay
    return f" {quote(str(spec))}{overlay}", f" --spec {quote(str(spec))}{overlay}"


def _print_json(result: object) -> None:
    import json

    from ..runtime.events import RunResult

    assert isinstance(result, RunResult)
    click.echo(
        json.dumps(
            {
                "run": result.run_id,
                "state": result.state,
                "seconds": round(result.seconds, 3),
                "steps": {
                    step_id: {
                        "state": r.state,
                        "key": r.key,
                        "seconds": round(r.seconds, 3),
                        "facts": dict(r.facts),
                        **({"error": str(r.error)} if r.error else {}),
                    }
                    for step_id, r in result.steps.items()
                },
            },
            indent=1,
        )
    )
