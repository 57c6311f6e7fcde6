"""Whether an alert asks for training again: only where training mends it, and not too often."""

from collections.abc import Sequence

from ...compiler.plan import MonitorParams
from ..stores.ledger import Alert
from .checks import Check
from .drift import ColumnDrift
from .wording import code, duration, instant

# Above this rise of the missing share, drift is a broken feed and not a changed world.
BROKEN_FEED = 0.2
# The checks that training again can mend, as people call them.
MENDED = {"drift": "drift", "prediction": "prediction drift", "performance": "performance"}


def retrain_decision(
    params: MonitorParams,
    checks: Sequence[Check],
    columns: Sequence[ColumnDrift],
    alerts: Sequence[Alert],
    as_of: int,
) -> tuple[str | None, str]:
    """The model to train again, or None; and why. `alerts` are this monitor's, of any window.

    Only drift and performance are mended by training. Drift that is nothing but lost values is
    not: a model must not learn a broken feed.
    """
    if params.retrain is None:
        return None, "the spec asks for no retraining"
    at_alert = {c["name"] for c in checks if c["state"] == "alert"}
    if not at_alert:
        return None, "nothing is at alert"
    if not at_alert & MENDED.keys():
        return None, "training again does not mend the service"
    lost = _lost_features(columns)
    only_lost = lost and all(c.name in lost for c in _at_alert(columns))
    if only_lost and "performance" not in at_alert:
        return None, f"{_lost_values(lost)}; a model must not learn from a broken feed"
    recent = _recent_retraining(params, alerts, as_of)
    if recent is not None:
        free = instant(recent.window_end + params.cooldown)
        since = instant(recent.window_end)
        return None, (
            f"training was asked for at {since}, and the cooldown of {duration(params.cooldown)} "
            f"ends at {free}"
        )
    causes = [name for check, name in MENDED.items() if check in at_alert]
    reason = f"{' and '.join(causes)} {'is' if len(causes) == 1 else 'are'} at alert"
    return params.retrain, f"{reason} ({_lost_values(lost)})" if lost else reason


def _at_alert(columns: Sequence[ColumnDrift]) -> list[ColumnDrift]:
    return [c for c in columns if c.role == "feature" and c.state == "alert"]


def _lost_features(columns: Sequence[ColumnDrift]) -> list[str]:
    """The drifted features whose missing share rose so much that the feed must be broken."""
    return [
        c.name
        for c in _at_alert(columns)
        if c.missing["window"] - c.missing["reference"] >= BROKEN_FEED
    ]


def _lost_values(names: Sequence[str]) -> str:
    return f"values of {', '.join(code(name) for name in names[:3])} are lost: repair the feed"


def _recent_retraining(params: MonitorParams, alerts: Sequence[Alert], as_of: int) -> Alert | None:
    """The alert of another window within the cooldown that asked for training."""
    asked = [
        alert
        for alert in alerts
        if alert.evidence.get("retrain")
        and alert.window_end != as_of
        and abs(as_of - alert.window_end) < params.cooldown
    ]
    return max(asked, key=lambda alert: alert.window_end, default=None)
