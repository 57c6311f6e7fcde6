"""The step `monitor`: compare a deployment's log with its training profile, judge, alert."""

import json
from pathlib import Path
from typing import Any

from ...compiler.plan import MonitorParams, Step
from ..errors import StepError
from ..evaluation.promotions import CHAMPION
from ..identities.monitor import ALERTING, params_of, span_of
from ..monitoring.json_data import json_text, rounded
from ..monitoring.labels import find_outcomes
from ..monitoring.page import page
from ..monitoring.performance import Outcomes
from ..monitoring.report import Report, Setting, evidence, make_report
from ..monitoring.window import Window, read_batch, read_online
from ..prediction_log.chosen import log_of
from ..sources.open_source import open_source
from ..stores.ledger import Alert
from ..value import Yield
from ..workspace import StepInputs, Workspace

PROFILE_FILE = "profile.json"
# Significant digits of the numbers in a report.
DIGITS = 9


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """Yields `report.json` and `report.html`, and records an alert where a check asks for one.

    Drift, quality and service look at the last `window`, which ends with the run's instant and
    includes it; performance looks at one of the same length that ends where labels are mature.
    """
    params = params_of(step)
    profile_key, profile = _profile(params, workspace)
    log = _read(params, inputs, workspace)
    window = log.between(workspace.as_of - params.window + 1, workspace.as_of + 1)
    outcomes = _outcomes(params, profile, log, inputs, workspace)
    setting = Setting(
        workspace.plan.name,
        workspace.as_of - params.window,
        workspace.as_of,
        _model_version(params, profile, workspace),
        {
            f"profile.{params.model}": profile_key,
            **{step_id: value.key for step_id, value in inputs.values.items()},
        },
        workspace.ledger.alerts(params.monitor),
    )
    report = rounded(make_report(params, profile, window, outcomes, setting), DIGITS)
    if report["state"] in ALERTING:
        workspace.ledger.add_alert(_alert(report, workspace.as_of))
    return Yield(_write(report, workspace.scratch), _facts(report))


def _profile(params: MonitorParams, workspace: Workspace) -> tuple[str, Any]:
    """The key and the content of the champion's profile: of what answers, not of what was trained
    last. Raises StepError where there is none to compare with."""
    champion = workspace.ledger.version(params.model, CHAMPION)
    key = champion.facts.get("profile_key") if champion else None
    value = workspace.store.find(key) if key else None
    if key is None or value is None:
        raise StepError(
            f"`{params.model}` has no champion whose training data is described",
            remedy="train and promote one with `onespec run`",
        )
    profile = json.loads(workspace.file(value, PROFILE_FILE).read_text(encoding="utf-8"))
    if profile["task"] != params.task:
        raise StepError(
            f"the champion of `{params.model}` was trained for {profile['task']}, and not for "
            f"{params.task}",
            remedy="train and promote one with `onespec run`",
        )
    return key, profile


def _read(params: MonitorParams, inputs: StepInputs, workspace: Workspace) -> Window:
    start, end = span_of(params, workspace.as_of)
    if params.deployment_kind == "online":
        return read_online(log_of(workspace, params.deployment), start, end)
    scores = inputs.one(workspace.plan, "score")
    return read_batch(workspace.file(scores, "scores.parquet")).between(start, end)


def _outcomes(
    params: MonitorParams, profile: Any, log: Window, inputs: StepInputs, workspace: Workspace
) -> Outcomes | None:
    if params.performance is None or params.labels is None:
        return None
    mature = workspace.as_of - params.labels.label_available_after
    source = open_source(params.labels.source, inputs, workspace)
    classes = [str(name) for name in profile.get("classes", ())]
    start = mature - params.window + 1
    return find_outcomes(log, params.labels, source, start, mature + 1, classes)


def _model_version(params: MonitorParams, profile: Any, workspace: Workspace) -> int | None:
    """The version of the profiled model; None where it was never registered."""
    versions = workspace.ledger.versions(params.model)
    return next((v.version for v in versions if v.value_key == profile["model_key"]), None)


def _alert(report: Report, as_of: int) -> Alert:
    return Alert(
        report["monitor"], as_of, report["state"], report["verdict"], evidence(report), as_of
    )


def _write(report: Report, folder: Path) -> dict[str, Path]:
    files = {"report.json": folder / "report.json", "report.html": folder / "report.html"}
    files["report.json"].write_text(json_text(report, indent=1) + "\n", encoding="utf-8")
    files["report.html"].write_text(page(report), encoding="utf-8")
    return files


def _facts(report: Report) -> dict[str, Any]:
    return {
        "state": report["state"],
        "verdict": report["verdict"],
        "retrain": report["retrain"],
        "retrain_reason": report["retrain_reason"],
        "window_start": report["window"]["start"],
        "window_end": report["window"]["end"],
        "rows": report["rows"],
        "checks": {check["name"]: check["state"] for check in report["checks"]},
    }
