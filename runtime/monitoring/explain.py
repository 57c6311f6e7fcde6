"""What happens next, and how the numbers were made: the prose of a report."""

from collections.abc import Mapping
from typing import Any

from .bins import QUANTILE_BINS, TOP_CATEGORIES
from .checks import MORE_MISSING, OUT_OF_RANGE, UNSEEN
from .distances import SHARE_FLOOR
from .drift import FALSE_ALARMS
from .metrics import RESAMPLES
from .service import DEGRADED_WARN
from .wording import code, count, instant, percent, period

_METHODS = {
    "psi": (
        "Drift is the population stability index (Siddiqi 2006) over the bins of the training "
        f"profile: about {QUANTILE_BINS} quantile bins, or the {TOP_CATEGORIES} most frequent "
        "categories and one for all others, and one for missing values. Shares are smoothed as "
        f"(count + ½) / (rows + ½ bins) and at least {SHARE_FLOOR:g}. Without any drift the index "
        "is about (bins − 1)(1/n + 1/m) (Yurdakul and Naranjo 2020); this noise is subtracted."
    ),
    "js": (
        "Drift is the Jensen–Shannon distance, base 2 (Endres and Schindelin 2003), over the bins "
        "of the training profile; the distance that chance alone gives is subtracted in squares."
    ),
    "ks": (
        "Drift is the Kolmogorov–Smirnov statistic against a sketch of 1,000 training quantiles, "
        "with missing values as the smallest; for categories it is the total variation distance."
    ),
}


def next_steps(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """What follows from the state: the alert, the decision on training again."""
    state = report["state"]
    at = instant(report["window"]["end"])
    if state in ("warn", "alert"):
        kind = "An alert" if state == "alert" else "A warning"
        told = f"{kind} is recorded for the window that ends {at}, with the numbers of this page."
    elif state == "ok":
        told = "No alert: no check is beyond its bounds."
    else:
        told = "No alert: with so few rows, anything could be chance."
    steps = [{"title": "Alert", "text": told}]
    if report["retrain"]:
        text = (
            f"Asked for, because {report['retrain_reason']}. {code(report['retrain'])} is trained "
            "again and must pass the same gates before it serves."
        )
    else:
        text = f"Not asked for: {report['retrain_reason']}."
    return [*steps, {"title": "Retraining", "text": text}]


def how_computed(report: Mapping[str, Any]) -> list[str]:
    """The method, sentence by sentence, with the constants that were used."""
    training, told = report["training"], []
    if report["drift"]:
        told.append(_METHODS[report["drift"]["method"]])
        told.append(
            f"A column is called drifted only where that passes the bound and a test of equality "
            f"(Pearson's χ², or Kolmogorov's) has p < {FALSE_ALARMS:g} shared among all columns; "
            f"rows are taken as independent. Fewer than {count(report['minimum_rows'], 'row')} "
            "prove nothing."
        )
        told.append(_reference(training))
        told.append(
            f"Data quality warns where surely more than {percent(OUT_OF_RANGE)} of rows are out of "
            f"the training range, {percent(UNSEEN)} have a category never seen, or the share of "
            f"missing values rose by more than {percent(MORE_MISSING)}."
        )
    if report["performance"]:
        told.append(
            "Performance counts predictions whose label is mature by now: the latest window of the "
            f"same length. Intervals are 95%, from {RESAMPLES} bootstrap samples of rows (Efron "
            "and Tibshirani 1993). It is an alert only where the whole interval is beyond the "
            "bound, and a warning where only the estimate is."
        )
    if report["service"]:
        told.append(
            "Latency and errors are an alert where the 95% interval (Wilson 1927) of the share of "
            "requests beyond the bound excludes chance; degraded answers warn above "
            f"{percent(DEGRADED_WARN)}."
        )
    return told


def _reference(training: Mapping[str, Any]) -> str:
    when = ""
    if training["period"]:
        when = f" of {period(training['period']['start'], training['period']['end'])}"
    rows = count(training["rows"], "training row")
    scored = (
        "held-out rows, which the model had not seen"
        if training["score_rows"] == "held out"
        else "the training rows"
    )
    return f"Features are compared with {rows}{when}; the prediction with {scored}."
