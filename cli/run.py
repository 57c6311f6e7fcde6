"""`onespec run`"""

from datetime import UTC, datetime
from pathlib import Path

import click

from .options import environment_option, find_spec, json_option, spec_argument, state_option


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec run                               everything, on a Ray of this machine\n"
    "  onespec run --executor inline             in this process\n"
    "  onespec run --select nightly              one job\n"
    "  onespec run --select +evaluate.late_arrival\n"
    "  onespec run build/ray/plan.json --project . --address ray://head:10001"
)
@spec_argument
@environment_option
@click.option(
    "-s",
    "--select",
    "patterns",
    multiple=True,
    help="A job, a step, `+step` with all before it, `step+` with all after it, a glob, `tag:…`.",
)
@click.option("--executor", type=click.Choice(["ray", "inline"]), default="ray", show_default=True)
@click.option("--address", help="A Ray cluster; a local one is started when left out.")
@click.option("--project", type=click.Path(path_type=Path), help="The project folder of a plan.")
@state_option
@click.option("--as-of", metavar="INSTANT", help="Run for this instant, e.g. 2026-01-31T00:00Z.")
@click.option("--force", is_flag=True, help="Run the selected steps although they are cached.")
@json_option
def command(
    spec: Path,
    environment: str | None,
    patterns: tuple[str, ...],
    executor: str,
    address: str | None,
    project: Path | None,
    state: Path | None,
    as_of: str | None,
    force: bool,
    as_json: bool,
) -> int:
    """Run the plan: only what has changed, everything else is taken from the store.

    Exits with 1 when a step has failed, or a gate has not opened.
    """
    from ..runtime.engine import run
    from ..runtime.executors import make_executor
    from ..runtime.open import place_of
    from .plans import load_any
    from .progress import Progress
    from .selection import selected

    plan, folder = load_any(find_spec(spec), environment, project)
    place = place_of(plan, folder, state, parse_instant(as_of))
    chosen = selected(plan, patterns)
    progress = Progress(plan, quiet=as_json)
    with progress:
        result = run(
            plan,
            place,
            make_executor(executor, address if executor == "ray" and address != "local" else None),
            selection=chosen,
            on_event=progress.on_event,
            force=force,
        )
    if as_json:
        _print_json(result)
    else:
        from .summary import show_run

        show_run(plan, place, result)
    return 0 if result.state == "done" else 130 if result.state == "interrupted" else 1


def parse_instant(text: str | None) -> int | None:
    """An instant in ISO 8601 with a zone, as UTC microseconds."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"`{text}` is not an ISO 8601 instant", param_hint="--as-of"
        ) from None
    if instant.tzinfo is None:
        raise click.BadParameter(f"`{text}` has no zone; add `Z`", param_hint="--as-of")
    return int((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)


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
