"""CronJobs: what starts by the clock, and what waits until somebody starts it."""

from collections.abc import Sequence
from typing import Any

from ...compiler.plan import Plan, Resources
from .job import job_spec
from .labels import labels, metadata, name_of
from .object import Object
from .settings import KubernetesSettings

MAX_NAME = 52
"""A CronJob appends eleven characters for the names of its Jobs."""
NEVER = "0 0 1 1 *"


def cron_job(
    plan: Plan,
    settings: KubernetesSettings,
    part: str,
    command: Sequence[str],
    resources: Resources,
    *,
    schedule: str | None,
    at: str,
    says: str,
) -> Object:
    """A CronJob; without a schedule it is suspended, and a template for Jobs.

    A Job can never be changed, so that applying a new one of the same name fails; a suspended
    CronJob can, and `kubectl create job --from` starts it.
    """
    spec: dict[str, Any] = {
        "schedule": schedule or NEVER,
        "timeZone": "Etc/UTC",
        "suspend": schedule is None,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 600,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {
            "metadata": {"labels": labels(plan, part)},
            "spec": job_spec(plan, settings, part, command, resources),
        },
    }
    name = name_of(plan, part)
    if schedule is None:
        says += f"\nTo start it: kubectl create job --from=cronjob/{name} {name}-1"
    body = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata(plan, part)}
    return Object(f"{part.replace('_', '-')}-cron-job", {**body, "spec": spec}, at, says)
