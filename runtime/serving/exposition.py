"""All metrics of an endpoint in this process, as Prometheus reads them."""

from ...compiler.interfaces.arms import logs_arms
from ...compiler.interfaces.metrics import (
    ARM_FAILING,
    ARM_SHARE,
    ARM_VERSION,
    LOG_DROPPED,
    LOG_ROWS,
    LOG_WAITING,
    MODEL_VERSION,
    RELOAD_FAILING,
    SHADOW_DROPPED,
    SHADOW_FAILED,
    SHADOW_WAITING,
)
from .service import Service


def exposition(service: Service) -> str:
    """Counters of requests and rows, and gauges of who is asked."""
    standing, log = service.arms.now, service.log.state
    first = standing.first
    values: dict[str, float] = {
        MODEL_VERSION: first.loaded.version if first else 0,
        RELOAD_FAILING: float(bool(standing.failures.get(first.arm if first else "champion"))),
        LOG_ROWS: log.written,
        LOG_DROPPED: log.dropped,
        LOG_WAITING: log.waiting,
    }
    if service.shadow is not None:
        shadow = service.shadow.state
        values |= {
            SHADOW_DROPPED: shadow.dropped,
            SHADOW_FAILED: shadow.failed,
            SHADOW_WAITING: shadow.waiting,
        }
    if not logs_arms(service.endpoint):
        return service.metrics.text(values)
    by_arm: dict[str, dict[str, float]] = {
        ARM_VERSION: {arm: one.version for arm, one in standing.versions().items()},
        ARM_FAILING: {
            arm: float(arm in standing.failures)
            for arm in dict.fromkeys((*standing.versions(), *standing.failures))
        },
    }
    if service.endpoint.rollout is not None and service.only is None:
        by_arm[ARM_SHARE] = {"challenger": standing.split.share if standing.split else 0.0}
    return service.metrics.text(values, by_arm)
