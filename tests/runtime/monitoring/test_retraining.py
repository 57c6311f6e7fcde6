"""Training again is asked for where it helps, and not too often."""

from dataclasses import replace
from typing import Any

import pytest

from onespec.runtime.monitoring.drift import ColumnDrift
from onespec.runtime.monitoring.retraining import retrain_decision
from onespec.runtime.stores.ledger import Alert

from .simulation import AS_OF, DAY, HOUR, MODEL, MONITOR


def column(lost: float = 0.0, name: str = "temp") -> ColumnDrift:
    return ColumnDrift(
        name, "feature", "float", "numeric", "alert", 500, "psi", None,
        missing={"reference": 0.01, "window": 0.01 + lost},
    )  # fmt: skip


def alert(at: int, retrain: str | None = MODEL) -> Alert:
    return Alert("api_health", at, "alert", "", {"retrain": retrain}, at)


def decide(
    *at_alert: str,
    columns: tuple[ColumnDrift, ...] = (),
    alerts: tuple[Alert, ...] = (),
    **policy: Any,
) -> tuple[str | None, str]:
    checks = [{"name": name, "state": "alert"} for name in at_alert]
    checks += [{"name": "quality", "state": "warn"}]
    return retrain_decision(replace(MONITOR, **policy), checks, columns, alerts, AS_OF)


@pytest.mark.parametrize(
    ("check", "cause"),
    [("drift", "drift"), ("prediction", "prediction drift"), ("performance", "performance")],
)
def test_drift_and_performance_ask(check: str, cause: str) -> None:
    assert decide(check, "service") == (MODEL, f"{cause} is at alert")


def test_no_policy_no_alert_or_a_sick_service_do_not() -> None:
    assert decide("drift", retrain=None) == (None, "the spec asks for no retraining")
    assert decide() == (None, "nothing is at alert")
    assert decide("service") == (None, "training again does not mend the service")


def test_a_broken_feed_is_not_learnt() -> None:
    model, reason = decide("drift", "prediction", columns=(column(0.5),))
    assert model is None
    assert "`temp`" in reason
    model, reason = decide("drift", columns=(column(0.5), column(0.0, "seats")))
    assert model == MODEL
    model, reason = decide("drift", "performance", columns=(column(0.5),))
    assert model == MODEL
    assert "repair the feed" in reason


def test_cooldown() -> None:
    model, reason = decide("drift", alerts=(alert(AS_OF - 3 * HOUR),))
    assert model is None
    assert "14 Dec 2013, 21:00 UTC" in reason
    assert "15 Dec 2013, 21:00 UTC" in reason
    assert decide("drift", alerts=(alert(AS_OF - DAY),))[0] == MODEL
    assert decide("drift", alerts=(alert(AS_OF - HOUR, None),))[0] == MODEL
    assert decide("drift", alerts=(alert(AS_OF - HOUR),), cooldown=0)[0] == MODEL


def test_its_own_alert_does_not_change_the_answer() -> None:
    assert decide("drift", alerts=(alert(AS_OF),)) == decide("drift")


def test_a_later_window_counts_when_the_past_is_replayed() -> None:
    assert decide("drift", alerts=(alert(AS_OF + HOUR),))[0] is None
