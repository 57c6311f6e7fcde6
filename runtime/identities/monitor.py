"""The identity of a look at a deployment: the instant, the champion, and what the log holds."""

import hashlib
from collections.abc import Mapping
from typing import Any

from ...compiler.plan import MonitorParams, Step
from ..evaluation.promotions import CHAMPION
from ..monitoring.log_identity import log_identity
from ..monitoring.wording import instant
from ..prediction_log.chosen import log_of
from ..value import Value
from ..workspace import Surroundings

ALERTING = ("warn", "alert")


def identity(step: Step, here: Surroundings) -> str:
    """The run's instant, the champion, and what the log holds for the days that are looked at."""
    params = params_of(step)
    champion = here.ledger.version(params.model, CHAMPION)
    parts = [str(here.as_of), champion.value_key if champion else ""]
    if params.deployment_kind == "online":
        start, end = span_of(params, here.as_of)
        parts.append(log_identity(log_of(here, params.deployment), start, end))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def holds(value: Value, step: Step, here: Surroundings) -> bool:
    """Whether the alert that this result asked for is in the ledger."""
    if value.facts.get("state") not in ALERTING:
        return True
    ends = {alert.window_end for alert in here.ledger.alerts(params_of(step).monitor)}
    return value.facts["window_end"] in ends


def difference(
    step: Step,  # noqa: ARG001
    before: str | None,  # noqa: ARG001
    after: str | None,  # noqa: ARG001
    facts: Mapping[str, Any],
    here: Surroundings,
) -> str:
    """`looks at another instant`, or that something else is in the log or champion now."""
    if facts.get("window_end") not in (None, here.as_of):
        return f"looks at another instant: {instant(here.as_of)}"
    return "the log or the champion changed"


def span_of(params: MonitorParams, as_of: int) -> tuple[int, int]:
    """From the oldest prediction whose label may count, to the run's instant (UTC µs)."""
    late = params.labels.label_available_after if params.labels and params.performance else 0
    return as_of - params.window - late + 1, as_of + 1


def params_of(step: Step) -> MonitorParams:
    """The parameters of a `monitor` step."""
    assert isinstance(step.params, MonitorParams)
    return step.params
