"""The report of a monitor: every number in one JSON object, from which the page is drawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ...compiler.plan import MonitorParams
from ..stores.ledger import Alert
from .buckets import Buckets
from .checks import (
    Check,
    drift_checks,
    performance_check,
    quality_check,
    quality_findings,
    service_check,
    verdict,
)
from .drift import (
    CONFIDENCE,
    PREDICTION,
    ColumnDrift,
    Compared,
    absent_column,
    absent_prediction,
    measure_drift,
)
from .performance import Outcomes, measure_performance
from .profile import Profile, column_kind
from .retraining import retrain_decision
from .service import measure_service
from .state import worst
from .window import Window

REPORT_VERSION = 1
EVIDENCE_COLUMNS = 5

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a report comes from. Instants are UTC µs; `inputs` are keys by step id."""

    product: str
    start: int
    end: int
    model_version: int | None
    inputs: Mapping[str, str]
    alerts: Sequence[Alert] = ()


def make_report(
    params: MonitorParams,
    profile: Mapping[str, Any],
    window: Window,
    outcomes: Outcomes | None,
    setting: Setting,
) -> Report:
    """Compare a window with its profile, judge it, and decide on training again."""
    answered = window.where(~window.failed())
    columns = _drift(params, profile, answered, setting)
    strange = quality_findings(columns, params.minimum_rows)
    checks: list[Check] = []
    if params.drift:
        checks += drift_checks(columns, params)
    performance = None
    if params.performance and outcomes is not None:
        performance = measure_performance(
            outcomes, params.performance, params.minimum_rows, params.task, _held_out(profile)
        )
        checks.append(performance_check(performance, params))
    service = _service(params, window)
    if service and params.service:
        checks.append(service_check(service))
    if params.drift:
        checks.append(quality_check(strange, len(answered), params))
    state = worst(check["state"] for check in checks)
    model, reason = retrain_decision(params, checks, columns, setting.alerts, setting.end)
    return {
        "version": REPORT_VERSION,
        "product": setting.product,
        "monitor": params.monitor,
        "deployment": params.deployment,
        "deployment_kind": params.deployment_kind,
        "model": params.model,
        "model_version": setting.model_version,
        "task": params.task,
        "window": {"start": setting.start, "end": setting.end},
        "rows": len(window),
        "answered_rows": len(answered),
        "minimum_rows": params.minimum_rows,
        "versions": _versions(window, profile),
        "state": state,
        "verdict": verdict(state, checks, len(window), params),
        "checks": checks,
        "drift": _drift_section(params, columns) if params.drift else None,
        "quality": strange,
        "performance": performance,
        "service": service,
        "retrain": model,
        "retrain_reason": reason,
        "cooldown": params.cooldown,
        "training": {key: profile[key] for key in ("rows", "period", "score_rows", "model_key")},
        "inputs": dict(setting.inputs),
    }


def evidence(report: Report) -> dict[str, Any]:
    """What an alert keeps of a report: the findings and the numbers behind them."""
    drift, performance, service = report["drift"], report["performance"], report["service"]
    moved = [c for c in (drift or {}).get("columns", ()) if c["state"] in ("warn", "alert")]
    kept = ("metric", "value", "low", "high", "minimum", "maximum", "rows", "coverage", "state")
    return {
        "window": report["window"],
        "rows": report["rows"],
        "checks": {check["name"]: check["state"] for check in report["checks"]},
        "findings": [check["finding"] for check in report["checks"] if check["finding"]],
        "drift": [
            {key: column[key] for key in ("name", "state", "method", "shift")} | column["measure"]
            for column in moved[:EVIDENCE_COLUMNS]
        ],
        "performance": performance and {key: performance[key] for key in kept},
        "service": service
        and {key: service[key] for key in ("error_rate", "degraded_rate", "state")},
        "retrain": report["retrain"],
        "retrain_reason": report["retrain_reason"],
    }


def _drift(
    params: MonitorParams, profile: Mapping[str, Any], window: Window, setting: Setting
) -> list[ColumnDrift]:
    if params.drift is None:
        return []
    features = profile["features"]
    wanted = [f for f in params.features if f.reference in features]
    if params.drift.features:
        wanted = [f for f in wanted if f.reference in params.drift.features]
    compared, absent = [], []
    for feature in wanted:
        name, column = feature.reference, window.column(feature.reference)
        if not len(window):
            column = pa.nulls(0)
        if column is None:
            kind = column_kind(feature.type)
            absent.append(absent_column(name, feature.type, kind, params.drift.method))
        else:
            compared.append(Compared(name, "feature", features[name], column, window.times))
    scored = _same_model(window, profile)
    for name, column, told in _predictions(profile):
        values = scored.column(column)
        if values is None:
            absent.append(absent_prediction(name, told, params.drift.method))
        else:
            compared.append(Compared(name, "prediction", told, values, scored.times))
    buckets = Buckets.of(setting.start, setting.end)
    return measure_drift(compared, params.drift, params.minimum_rows, buckets) + absent


def _predictions(profile: Mapping[str, Any]) -> Iterator[tuple[str, str, Profile]]:
    """What is compared of the answers: a name, the log's column, and its profile."""
    if "classes" not in profile:
        yield PREDICTION, "score", profile["score"]
        return
    yield PREDICTION, PREDICTION, profile["prediction"]
    yield CONFIDENCE, "score", profile["score"]


def _held_out(profile: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metrics on rows that the model had not seen; none where there were no such rows."""
    metrics = profile["metrics"]
    return metrics["values"] if metrics["rows"] != "training" else {}


def _same_model(window: Window, profile: Mapping[str, Any]) -> Window:
    """The rows that the profiled model scored; all of them where the log names another only."""
    keys = window.column("value_key")
    if keys is None:
        return window
    same = np.array([key == profile["model_key"] for key in keys.to_pylist()], dtype=np.bool_)
    return window.where(same) if same.any() else window


def _drift_section(params: MonitorParams, columns: Sequence[ColumnDrift]) -> dict[str, Any]:
    assert params.drift is not None
    return {
        "method": params.drift.method,
        "warn": params.drift.warn,
        "alert": params.drift.alert,
        "columns": [column.as_json() for column in columns],
    }


def _service(params: MonitorParams, window: Window) -> dict[str, Any] | None:
    if params.deployment_kind == "batch":
        return None
    return measure_service(
        window.latency(),
        window.failed(),
        window.degraded(),
        window.times,
        params.service,
        params.minimum_rows,
    )


def _versions(window: Window, profile: Mapping[str, Any]) -> list[dict[str, Any]]:
    key = profile["model_key"]
    return [row | {"profiled": row["key"] == key} for row in window.versions()]
