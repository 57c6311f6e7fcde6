"""Jobs: one run of a pod that ends."""

from collections.abc import Sequence
from typing import Any

from ...compiler.interfaces.exit_codes import GATE_SHUT, MISUSE, MONITOR_ALERTS
from ...compiler.plan import Plan, Resources
from .pod import container, pod_metadata, pod_spec
from .settings import KubernetesSettings

_FINAL = (MISUSE, GATE_SHUT, MONITOR_ALERTS)
"""Exit codes after which the same would happen again."""
_SECOND = 1_000_000
_WEEK = 7 * 24 * 3600
RETRIES = 2


def job_spec(
    plan: Plan,
    settings: KubernetesSettings,
    part: str,
    command: Sequence[str],
    resources: Resources,
) -> dict[str, Any]:
    """A Job that runs a command once, and again where that may help.

    Steps that are done are cached, so that a retry goes on where the last one was.
    """
    pod = pod_spec(
        plan,
        settings,
        resources,
        [container(plan, settings, command, resources)],
        restartPolicy="Never",
    )
    return {
        "backoffLimit": RETRIES,
        "activeDeadlineSeconds": settings.timeout // _SECOND,
        "ttlSecondsAfterFinished": _WEEK,
        "podFailurePolicy": {"rules": _rules()},
        "template": {"metadata": pod_metadata(plan, part), "spec": pod},
    }


def _rules() -> list[dict[str, Any]]:
    """A node that is drained does not count, and what would end the same way is not done again."""
    final = {"containerName": "onespec", "operator": "In", "values": list(_FINAL)}
    return [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        {"action": "FailJob", "onExitCodes": final},
    ]
