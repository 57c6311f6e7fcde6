"""Service health: bounds are broken only where the requests prove it."""

from typing import Any

import numpy as np
import pytest

from onespec.compiler.plan import Service
from onespec.runtime.monitoring.service import measure_service

POLICY = Service(latency_p99=0.05, error_rate=0.01)


def measure(
    n: int = 2000,
    slow: int = 0,
    failed: int = 0,
    degraded: int = 0,
    policy: Service | None = POLICY,
) -> dict[str, Any]:
    latency = np.full(n, 0.01)
    latency[:slow] = 0.2
    errors = np.arange(n) < failed
    reasons = [["weather_now"] if row < degraded else [] for row in range(n)]
    times = np.arange(n, dtype=np.int64) * 10**8
    return measure_service(latency, errors, reasons, times, policy, 100)


@pytest.mark.parametrize(
    ("broken", "states"),
    [
        ({}, ("ok", "ok", "ok")),
        ({"slow": 15}, ("ok", "ok", "ok")),
        ({"slow": 24}, ("warn", "ok", "ok")),
        ({"slow": 60}, ("alert", "ok", "ok")),
        ({"failed": 24}, ("ok", "warn", "ok")),
        ({"failed": 60}, ("ok", "alert", "ok")),
        ({"degraded": 110}, ("ok", "ok", "ok")),
        ({"degraded": 200}, ("ok", "ok", "warn")),
    ],
)
def test_states(broken: dict[str, int], states: tuple[str, ...]) -> None:
    assert tuple(measure(**broken)["states"].values()) == states


def test_few_requests_prove_nothing() -> None:
    found = measure(n=50, slow=50, failed=50)
    assert found["state"] == "insufficient"
    assert set(found["states"].values()) == {"insufficient"}


def test_without_bounds_it_only_tells() -> None:
    found = measure(slow=500, failed=500, policy=None)
    assert found["state"] == "ok"
    assert (found["errors"], found["error_rate"]) == (500, 0.25)


def test_no_requests() -> None:
    found = measure_service(np.empty(0), np.empty(0, bool), [], np.empty(0, np.int64), POLICY, 1)
    assert (found["state"], found["latency"], found["error_rate"]) == ("insufficient", None, None)


def test_what_is_told() -> None:
    found = measure(slow=60, degraded=30)
    assert found["latency"]["p50"] == 0.01
    assert found["latency"]["p99"] == pytest.approx(0.2)
    assert found["degraded_reasons"] == [{"reason": "weather_now", "rows": 30}]
    assert sum(bar["rows"] for bar in found["traffic"]) == 2000
    assert sum(found["latency"]["histogram"]["counts"]) == 2000


def test_unknown_latencies_are_left_out() -> None:
    latency = np.array([np.nan, 0.01, np.nan])
    found = measure_service(latency, np.zeros(3, bool), [], np.arange(3), POLICY, 1)
    assert found["latency"]["max"] == 0.01
