"""The checks of a monitor: a state each, words for its tile, and a sentence when it is bad."""

from collections.abc import Sequence
from typing import Any

from ...compiler.plan import MonitorParams
from .drift import CONFIDENCE, ColumnDrift
from .metrics import wilson
from .state import State, worst
from .wording import code, count, fixed, metric, number, percent, seconds

METHOD_NAMES = {"psi": "PSI", "ks": "KS", "js": "JS distance"}

# Shares of rows from which on data quality is worth a look.
MORE_MISSING = 0.1
OUT_OF_RANGE = 0.05
UNSEEN = 0.05
Check = dict[str, Any]


def drift_checks(columns: Sequence[ColumnDrift], params: MonitorParams) -> list[Check]:
    """A check for the features together, and one for the prediction."""
    checks = []
    for role, title in (("feature", "Feature drift"), ("prediction", "Prediction drift")):
        found = [c for c in columns if c.role == role]
        # Of equal drift, the class comes before the confidence in it.
        found.sort(key=lambda c: (-c.effect, c.name == CONFIDENCE))
        if found:
            checks.append(_drift_check(role, title, found, params))
    return checks


def _drift_check(
    role: str, title: str, found: Sequence[ColumnDrift], params: MonitorParams
) -> Check:
    assert params.drift is not None
    state = worst(c.state for c in found)
    moved = [c for c in found if c.state in ("warn", "alert")]
    first = next((c for c in found if c.state == state), found[0])
    label = METHOD_NAMES[params.drift.method]
    measured = f"{label} {fixed(first.measure.effect) if first.measure else '–'}"
    several, judged = role == "feature", state != "insufficient"
    value = f"{len(moved)} of {len(found)}" if several else measured
    shift = first.shift if len(found) == 1 else f"{first.name}: {first.shift}"
    note = f"most: {code(first.name)}, {measured}" if several else shift
    return {
        "name": "drift" if several else "prediction",
        "title": title,
        "state": state,
        "value": value if judged else "–",
        "note": note if judged else "too few rows to judge",
        "finding": _drift_finding(first, moved, params) if moved else "",
    }


def _drift_finding(first: ColumnDrift, moved: Sequence[ColumnDrift], params: MonitorParams) -> str:
    drift = params.drift
    assert drift is not None
    assert first.measure is not None
    bound = drift.alert if first.state == "alert" else drift.warn
    how = "moved far from training" if first.state == "alert" else "moved away from training"
    feature = first.role == "feature"
    name = code(first.name) if feature else f"the {first.name}"
    measured = f"{METHOD_NAMES[drift.method]} {fixed(first.measure.effect)}"
    text = f"Drift: {name} {how} ({measured}, {first.state} at {number(bound)}): {first.shift}."
    others = len(moved) - 1
    if not others:
        return text
    if not feature:
        return f"{text} So did the {' and the '.join(c.name for c in moved if c is not first)}."
    return f"{text} {count(others, 'more feature')} drifted."


def performance_check(found: dict[str, Any], params: MonitorParams) -> Check:
    """The metric against its bound."""
    assert params.performance is not None
    name, state = found["metric"], found["state"]
    value = metric(found["value"])
    interval = ""
    if found["low"] is not None:
        interval = f"95% interval {metric(found['low'])} – {metric(found['high'])}"
    labelled = count(found["rows"], "labelled row")
    return {
        "name": "performance",
        "title": "Performance",
        "state": state,
        "value": value if found["rows"] else "no labels yet",
        "note": f"{name}, {interval or labelled}, {_bound(found)}",
        "finding": f"Performance: {name} is {value} on {labelled} ({interval}), {_breach(found)}."
        if state in ("warn", "alert")
        else "",
    }


def _bound(found: dict[str, Any]) -> str:
    parts = []
    if found["minimum"] is not None:
        parts.append(f"at least {number(found['minimum'])}")
    if found["maximum"] is not None:
        parts.append(f"at most {number(found['maximum'])}")
    return ", ".join(parts)


def _breach(found: dict[str, Any]) -> str:
    low = found["minimum"] is not None and found["value"] < found["minimum"]
    side, bound = ("below", found["minimum"]) if low else ("above", found["maximum"])
    limit = "minimum" if low else "maximum"
    sure = "" if found["state"] == "alert" else ", though chance could explain it"
    return f"{side} the {limit} of {number(bound)}{sure}"


def service_check(found: dict[str, Any]) -> Check:
    """Latency, errors and degraded answers in one check."""
    states, latency = found["states"], found["latency"] or {}
    p99 = seconds(latency.get("p99"))
    findings = []
    if states["error_rate"] in ("warn", "alert"):
        bound = percent(found["error_rate_bound"])
        findings.append(f"{percent(found['error_rate'])} of requests failed (at most {bound})")
    if states["latency_p99"] in ("warn", "alert"):
        findings.append(f"p99 latency is {p99} (at most {seconds(found['latency_p99_bound'])})")
    if states["degraded"] in ("warn", "alert"):
        share = percent(found["degraded_rate"])
        findings.append(f"{share} of answers used a default or stale feature")
    return {
        "name": "service",
        "title": "Service",
        "state": found["state"],
        "value": f"p99 {p99}" if latency else "–",
        "note": f"{percent(found['error_rate'])} failed, {percent(found['degraded_rate'])} degraded"
        if found["rows"]
        else "no requests",
        "finding": f"Service: {', '.join(findings)}." if findings else "",
    }


def quality_findings(columns: Sequence[ColumnDrift], minimum_rows: int) -> list[dict[str, Any]]:
    """Features with surely more missing, out-of-range or never-seen values than in training."""
    found = []
    for column in columns:
        if column.role != "feature" or column.rows < max(1, minimum_rows):
            continue
        before = column.missing.get("reference", 0.0)
        shares = (
            ("missing", column.missing.get("window"), before, before + MORE_MISSING),
            ("out of the training range", column.out_of_range, 0.0, OUT_OF_RANGE),
            ("never seen in training", column.unseen, 0.0, UNSEEN),
        )
        for problem, share, reference, bound in shares:
            if share is not None and wilson(share * column.rows, column.rows)[0] > bound:
                found.append(
                    {
                        "feature": column.name,
                        "problem": problem,
                        "share": share,
                        "reference": reference,
                    }
                )
    return sorted(found, key=lambda f: (-(f["share"] - f["reference"]), f["feature"]))


def quality_check(found: Sequence[dict[str, Any]], rows: int, params: MonitorParams) -> Check:
    """Missing and strange values; it warns and never alerts, for the spec sets no bound."""
    enough = rows >= params.minimum_rows
    text = ""
    if found:
        first = found[0]
        text = (
            f"Data quality: {code(first['feature'])} is {first['problem']} in "
            f"{percent(first['share'])} of rows ({percent(first['reference'])} in training)."
        )
    features = len({f["feature"] for f in found})
    return {
        "name": "quality",
        "title": "Data quality",
        "state": ("warn" if found else "ok") if enough else "insufficient",
        "value": count(features, "feature") if found else ("clean" if enough else "–"),
        "note": f"{code(found[0]['feature'])} {found[0]['problem']}"
        if found
        else ("missing and strange values as in training" if enough else "too few rows to judge"),
        "finding": text,
    }


def verdict(state: State, checks: Sequence[Check], rows: int, params: MonitorParams) -> str:
    """The one sentence that a person would say first."""
    urgent = ("performance", "service", "drift", "prediction", "quality")
    worrying = sorted(
        (c for c in checks if c["finding"] and c["state"] == state),
        key=lambda c: urgent.index(c["name"]),
    )
    if worrying:
        return str(worrying[0]["finding"])
    if state == "insufficient":
        return (
            f"Too little to judge: {count(rows, 'row')} in the window, "
            f"and fewer than {params.minimum_rows:,} prove nothing."
        )
    return f"Nothing unusual in {count(rows, 'prediction')}: {_calm(checks)}."


def _calm(checks: Sequence[Check]) -> str:
    judged = {c["name"]: c for c in checks if c["state"] == "ok"}
    parts = []
    if "drift" in judged:
        parts.append("the features look like training")
    if "prediction" in judged:
        parts.append("so does the prediction" if parts else "the prediction looks like training")
    if "performance" in judged:
        parts.append(f"{judged['performance']['note'].split(',')[0]} is within its bounds")
    if "service" in judged:
        parts.append("the service is healthy")
    return ", ".join(parts) or "nothing is beyond its bounds"
