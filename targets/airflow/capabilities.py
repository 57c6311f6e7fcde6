"""What Airflow can do with a plan, and the names that it gives."""

from collections.abc import Iterator

from ...compiler.plan import Plan
from ..capabilities import Capabilities, Named, NameRule, Supported, Unsupported
from .flows import flows

# How an endpoint answers is asked of the target that the waiver of `endpoints` names.
_ELSEWHERE = Supported("by what answers the requests in its stead")


def _dags(plan: Plan) -> Iterator[Named]:
    for flow in flows(plan):
        yield Named(flow.dag_id, flow.at)


def _tasks(plan: Plan) -> Iterator[Named]:
    for step in plan:
        yield Named(step.id, ("name",))


CAPABILITIES = Capabilities(
    {
        "schedules": Supported("by DAGs with the spec's schedules, in UTC"),
        "retraining": Supported("by a DAG that the monitor's alert starts, with its evidence"),
        "endpoints": Unsupported("answers no requests", "a person calls {command}"),
        "several_endpoints": _ELSEWHERE,
        "several_ports": _ELSEWHERE,
        "replicas": _ELSEWHERE,
        "autoscaling": _ELSEWHERE,
        "log_retention": _ELSEWHERE,
        "shadow": _ELSEWHERE,
        "canary": _ELSEWHERE,
        "cpu": Supported("the bound of a step's threads; pods and Ray set the cores aside"),
        "cpu_fractions": Supported(),
        "memory": Supported("set aside by pods and Ray; W618 where a virtualenv does not"),
        "gpu": Supported("by the slots of a pool; pods and Ray hold the device"),
        "gpu_fractions": Supported("a slot of the pool each; only Ray shares a device"),
        "gpu_fallback": Supported("by the step that finds no GPU"),
        "accelerators": Unsupported("does not choose among GPUs", "all GPUs are of that type"),
    },
    names=(
        NameRule(
            "a DAG", _dags, 250, r"[A-Za-z0-9_.-]+", "letters, digits, dots, dashes, underscores"
        ),
        NameRule(
            "a task", _tasks, 250, r"[A-Za-z0-9_.-]+", "letters, digits, dots, dashes, underscores"
        ),
    ),
)
