"""`onespec monitor`"""

import json
from pathlib import Path

import click

from .options import (
    as_of_option,
    environment_option,
    executor_option,
    find_spec,
    json_option,
    spec_option,
    state_option,
)


@click.group(
    epilog="\b\nExamples:\n"
    "  onespec monitor run              all monitors of the spec, once\n"
    "  onespec monitor run december     one of them"
)
def command() -> None:
    """Compare what a deployment sees with what its model was trained on."""


@command.command(
    "run",
    epilog="\b\nExamples:\n"
    "  onespec monitor run                  all monitors of the spec\n"
    "  onespec monitor run december\n"
    "  onespec monitor run api_health --as-of 2026-01-31T00:00Z\n"
    "  onespec monitor run api_health --fail-on-alert       for a scheduler that watches its jobs",
)
@click.argument("names", nargs=-1)
@spec_option
@environment_option
@state_option
@as_of_option
@executor_option("inline")
@click.option(
    "--no-actions", is_flag=True, help="Report and record, but abort and retrain nothing."
)
@click.option(
    "--fail-on-alert",
    is_flag=True,
    help="Exit with 6 when a monitor alerts, after all that the alert starts.",
)
@json_option
def run_command(
    names: tuple[str, ...],
    spec: Path,
    environment: str | None,
    state: Path | None,
    as_of: int | None,
    executor: str,
    no_actions: bool,
    fail_on_alert: bool,
    as_json: bool,
) -> int:
    """Look once: drift, performance, service health.

    Each monitor writes an HTML report. An alert is recorded, a rollout that the monitor watches is
    aborted, and what the spec says under `on_alert` is done. Exits with 1 when a monitor could not
    be run; an alert is no failure unless `--fail-on-alert` says so.
    """
    from ..compiler.interfaces.exit_codes import MONITOR_ALERTS
    from ..runtime.engine import run
    from ..runtime.executors import make_executor
    from ..runtime.open import place_of
    from .plans import load_any
    from .verdicts import abort_rollouts, act, keep_page, show_verdict

    path = find_spec(spec)
    plan, project = load_any(path, environment)
    monitors = [step.params.monitor for step in plan if step.params.kind == "monitor"]
    unknown = [name for name in names if name not in monitors]
    if unknown or not monitors:
        known = ", ".join(monitors) or "none"
        raise click.UsageError(f"There is no monitor `{', '.join(unknown)}`; there are: {known}.")
    place = place_of(plan, project, state, as_of)
    chosen = frozenset(f"monitor.{name}" for name in names or monitors)
    result = run(plan, place, make_executor(executor), selection=chosen)
    found = [result.steps[step_id] for step_id in sorted(chosen)]
    for step_id in result.of_state("failed", "gate_failed", "blocked"):
        error = result.steps[step_id].error
        if error is not None:
            raise error
    reports = []
    with place.open(plan) as workspace:
        for outcome in found:
            assert outcome.value is not None
            report = json.loads(workspace.file(outcome.value, "report.json").read_text("utf-8"))
            page = workspace.file(outcome.value, "report.html")
            reports.append(report)
            if not as_json:
                show_verdict(report, keep_page(page, place, report["monitor"]))
            if not no_actions:
                abort_rollouts(plan, workspace.ledger, report, quiet=as_json)
    if as_json:
        click.echo(json.dumps(reports, indent=1))
    if not no_actions:
        done = [act(plan, place, outcome, executor, quiet=as_json) for outcome in found]
        if not all(done):
            return 1
    alerts = any(report["state"] == "alert" for report in reports)
    return MONITOR_ALERTS if fail_on_alert and alerts else 0
