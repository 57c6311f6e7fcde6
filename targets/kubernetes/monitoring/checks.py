"""What no metric can show."""

from collections.abc import Iterator

from ....compiler.interfaces.metrics import LATENCY_BUCKETS
from ....compiler.plan import MonitorParams, Plan
from ...target import Problem


def check_rules(plan: Plan) -> Iterator[Problem]:
    """E612: a rule that could never fire, since the histogram ends before its bound."""
    longest = LATENCY_BUCKETS[-1]
    for step in plan:
        params = step.params
        if not isinstance(params, MonitorParams) or params.service is None:
            continue
        bound = params.service.latency_p99
        if params.deployment_kind == "online" and bound is not None and bound >= longest:
            yield Problem(
                "E612",
                f"the alert of `{params.monitor}` for a p99 above {bound:g} s could never fire: "
                f"endpoints count latencies up to {longest:g} s",
                ("monitor", params.monitor, "service", "latency_p99"),
                f"choose a bound below {longest:g}s",
            )
