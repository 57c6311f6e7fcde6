"""The report as one HTML page: no script, no request, readable in light, in dark and on paper."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from . import plots, wording
from .checks import METHOD_NAMES
from .drift import CONFIDENCE, FALSE_ALARMS, PREDICTION
from .explain import how_computed, next_steps

TEMPLATES = Path(__file__).parent / "templates"
STATE_NAMES = {"ok": "OK", "warn": "Warning", "alert": "Alert", "insufficient": "Too little data"}
# Features that are drawn, and rows of the drift table before the fold.
DRAWN_FEATURES = 8
TABLE_ROWS = 15
SHOWN_CLASSES = 30
SHOWN_MISTAKES = 8


def page(report: Mapping[str, Any]) -> str:
    """The page of a report; every text of the report is escaped."""
    return _environment().get_template("report.html.j2").render(
        report=report,
        drift=_drift(report),
        performance=_performance(report),
        service=_service(report),
        next_steps=next_steps(report),
        how=how_computed(report),
        state_names=STATE_NAMES,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("number", "metric", "fixed", "percent", "seconds", "instant", "duration", "day"):
        environment.filters[name] = getattr(wording, name)
    environment.filters["count"] = wording.count
    environment.filters["quantity"] = wording.quantity
    environment.filters["code"] = code_spans
    environment.filters["soft"] = soft_breaks
    return environment


def code_spans(text: str) -> Markup:
    """Text with what stands between backticks as code, all of it escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    spans = (
        Markup("<code>{}</code>").format(soft_breaks(part)) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )
    return Markup("").join(spans)


def soft_breaks(name: str) -> Markup:
    """A name that may break after dots and underscores."""
    text = str(escape(name)).replace(".", ".<wbr>").replace("_", "_<wbr>")
    return Markup(text)  # noqa: S704 - escaped above, only <wbr> is added


def _drift(report: Mapping[str, Any]) -> dict[str, Any] | None:
    found = report["drift"]
    if found is None:
        return None
    marks = [found["warn"], found["alert"]]
    effects = [c["measure"]["effect"] for c in found["columns"] if c["measure"]]
    window = report["window"]
    rows = [_drift_row(c, max(effects, default=0.0), marks, window) for c in found["columns"]]
    features = [row for row in rows if row["role"] == "feature" and row["plot"]]
    return {
        "method": METHOD_NAMES[found["method"]],
        "warn": found["warn"],
        "alert": found["alert"],
        "first": rows[:TABLE_ROWS],
        "rest": rows[TABLE_ROWS:],
        "drawn": features[:DRAWN_FEATURES],
        "predictions": [
            row
            for row in sorted(rows, key=lambda row: bool(row["name"] == CONFIDENCE))
            if row["role"] == "prediction" and row["plot"]
        ],
        "marks": plots.drift_bar(0.0, max(effects, default=0.0), marks)["marks"],
        "false_alarms": FALSE_ALARMS,
    }


def _drift_row(
    column: Mapping[str, Any], largest: float, marks: list[float], window: Mapping[str, int]
) -> dict[str, Any]:
    display, measure = column["display"], column["measure"]
    plot: Any = None
    if display:
        numeric = column["kind"] == "numeric"
        plot = plots.distribution(display, column["type"]) if numeric else plots.categories(display)
    spark = None
    if len(column["trend"]) > 1:
        spark = plots.sparkline(column["trend"], window["start"], window["end"], marks[1])
    bar = plots.drift_bar(measure["effect"] if measure else 0.0, largest, marks)
    told = _ANSWERS.get((column["name"], column["kind"]), "") if column["role"] != "feature" else ""
    return dict(column) | {"plot": plot, "spark": spark, "bar": bar, "told": told}


_ANSWERS = {
    (PREDICTION, "numeric"): "the model's score",
    (PREDICTION, "categorical"): "the likeliest class",
    (CONFIDENCE, "numeric"): "its probability",
}


def _performance(report: Mapping[str, Any]) -> dict[str, Any] | None:
    found = report["performance"]
    if found is None:
        return None
    binary = report["task"] != "regression"
    calibrated = found["calibration"]
    return dict(found) | {
        "classes": _classes(found) if "by_class" in found else None,
        "plot": plots.over_time(found),
        "calibration_plot": plots.calibration(calibrated, binary) if calibrated else None,
        "binary": binary,
    }


def _classes(found: Mapping[str, Any]) -> dict[str, Any]:
    """A row for each class that occurs, those that were found least first."""
    rows = [
        {"name": name, **told, "width": round(100 * (told["recall"] or 0), 2)}
        for name, told in found["by_class"].items()
        if told["rows"] or told["given"]
    ]
    rows.sort(key=lambda row: 2 if row["recall"] is None else row["recall"])
    return {
        "rows": rows[:SHOWN_CLASSES],
        "more": max(0, len(rows) - SHOWN_CLASSES),
        "mistakes": found["mistakes"][:SHOWN_MISTAKES],
    }


def _service(report: Mapping[str, Any]) -> dict[str, Any] | None:
    found = report["service"]
    if found is None:
        return None
    latency = found["latency"]
    return dict(found) | {
        "plot": plots.latency(latency, found["latency_p99_bound"]) if latency else None,
        "traffic_plot": plots.traffic(found["traffic"]),
    }
