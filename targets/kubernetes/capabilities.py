"""What Kubernetes can do with a plan, and the names that it allows."""

from collections.abc import Iterator

from ...compiler.plan import Plan
from ...specs.document import Path
from ..asks import is_monitor
from ..capabilities import Capabilities, Named, NameRule, Supported, Unsupported
from .cron_job import MAX_NAME
from .labels import name_of

_PATTERN = r"[a-z]([a-z0-9-]*[a-z0-9])?"
_ALLOWED = "lower-case letters, digits and hyphens, with a letter or digit at the end"


def _cron_jobs(plan: Plan) -> Iterator[Named]:
    for index, job in enumerate(plan.jobs):
        at: Path = ("monitor" if is_monitor(job) else "deploy", job.name)
        yield Named(name_of(plan, job.name), at if index else ("name",))


def _services(plan: Plan) -> Iterator[Named]:
    for one in plan.endpoints:
        yield Named(name_of(plan, one.name), ("deploy", one.name))


CAPABILITIES = Capabilities(
    {
        "schedules": Supported("by CronJobs"),
        "retraining": Supported("in the pod of the monitor, by `onespec monitor run`"),
        "endpoints": Supported("by a Deployment of the single-process server"),
        "several_endpoints": Supported("each with a Service of its own"),
        "several_ports": Supported(),
        "replicas": Supported("spread over zones and nodes"),
        "autoscaling": Supported("by the share of the cores that is busy"),
        "log_retention": Supported("each replica deletes old days when a new day begins"),
        "cpu": Supported("requested, and the bound of a step's threads"),
        "cpu_fractions": Supported(),
        "memory": Supported("requested, and the limit"),
        "gpu": Supported("the steps of a job take turns in one pod, which holds the GPUs"),
        "gpu_fractions": Unsupported("gives a pod whole GPUs"),
        "accelerators": Supported("by the labels of nodes"),
        "gpu_fallback": Unsupported("keeps a pod waiting until a node has its GPU"),
    },
    names=(
        NameRule("a CronJob", _cron_jobs, MAX_NAME, _PATTERN, _ALLOWED),
        NameRule("a Service", _services, 63, _PATTERN, _ALLOWED),
    ),
)
