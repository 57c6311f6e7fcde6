"""Service health, read from the prediction log: latency, errors and degraded answers."""

from typing import Any

import numpy as np

from ...compiler.plan import Service
from .buckets import Buckets
from .columns import Bools, Floats, Ints
from .metrics import wilson
from .state import State, worst

# Above this share of answers with a default or stale feature the service is worth a look.
DEGRADED_WARN = 0.05
LATENCY_BARS = 32


def measure_service(
    latency: Floats,
    failed: Bools,
    degraded: list[list[str]],
    times: Ints,
    service: Service | None,
    minimum_rows: int,
) -> dict[str, Any]:
    """Quantiles, rates, a latency histogram and the states, as JSON data.

    `latency` (n,) is in seconds, NaN where unknown. A bound is `alert` only where the 95% interval
    of the share that breaks it lies beyond the bound, else `warn`: a p99 bound is broken where more
    than 1% of the requests are slower.
    """
    rows = len(failed)
    known = latency[~np.isnan(latency)]
    flagged = sum(1 for reasons in degraded if reasons)
    states = {
        "latency_p99": _latency_state(known, service),
        "error_rate": _error_state(int(failed.sum()), rows, service),
        "degraded": _degraded_state(flagged, rows),
    }
    enough = rows >= minimum_rows
    return {
        "state": worst(states.values()) if enough else "insufficient",
        "states": states if enough else dict.fromkeys(states, "insufficient"),
        "rows": rows,
        "latency": _latency(known),
        "latency_p99_bound": service.latency_p99 if service else None,
        "errors": int(failed.sum()),
        "error_rate": float(failed.mean()) if rows else None,
        "error_rate_bound": service.error_rate if service else None,
        "degraded": flagged,
        "degraded_rate": flagged / rows if rows else None,
        "degraded_reasons": _reasons(degraded),
        "traffic": _traffic(times),
    }


def _latency_state(known: Floats, service: Service | None) -> State:
    if service is None or service.latency_p99 is None or not known.size:
        return "ok"
    slow = int((known > service.latency_p99).sum())
    if wilson(slow, known.size)[0] > 0.01:
        return "alert"
    return "warn" if slow / known.size > 0.01 else "ok"


def _error_state(errors: int, rows: int, service: Service | None) -> State:
    if service is None or service.error_rate is None or not rows:
        return "ok"
    if wilson(errors, rows)[0] > service.error_rate:
        return "alert"
    return "warn" if errors / rows > service.error_rate else "ok"


def _degraded_state(flagged: int, rows: int) -> State:
    return "warn" if rows and wilson(flagged, rows)[0] > DEGRADED_WARN else "ok"


def _latency(known: Floats) -> dict[str, Any] | None:
    if not known.size:
        return None
    p50, p90, p99 = np.quantile(known, (0.5, 0.9, 0.99))
    positive = known[known > 0]
    return {
        "p50": float(p50),
        "p90": float(p90),
        "p99": float(p99),
        "max": float(known.max()),
        "histogram": _log_histogram(positive) if positive.size else None,
    }


def _log_histogram(positive: Floats) -> dict[str, Any]:
    """Bars of equal width on a logarithmic axis."""
    low, high = np.log10(positive.min()), np.log10(positive.max())
    if high - low < 0.2:
        low, high = low - 0.1, high + 0.1
    edges = np.linspace(low, high, LATENCY_BARS + 1)
    counts, _ = np.histogram(np.log10(positive), edges)
    return {"edges": (10**edges).tolist(), "counts": counts.tolist()}


def _reasons(degraded: list[list[str]]) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    for reasons in degraded:
        for reason in set(reasons):
            counts[reason] = counts.get(reason, 0) + 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"reason": reason, "rows": rows} for reason, rows in ranked[:20]]


def _traffic(times: Ints) -> list[dict[str, int]]:
    if not len(times):
        return []
    buckets = Buckets.of(int(times.min()), int(times.max()) + 1)
    counts = np.bincount(buckets.places(times), minlength=buckets.count)
    return [
        {"start": buckets.start(place), "width": buckets.width, "rows": int(rows)}
        for place, rows in enumerate(counts)
    ]
