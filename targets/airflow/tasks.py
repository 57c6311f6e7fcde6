"""The body of a DAG file: the DAG, its groups, a task for each step."""

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import groupby
from math import ceil

from ...compiler.plan import MAIN_JOB, Plan, Step
from ..python_text import INDENT, Call, Code, python_comment, python_lines
from .constants import called, runs_in
from .flows import Flow
from .instants import duration_of, instant_of
from .settings import AirflowSettings
from .texts import TEXTS

FIRST = "anything_to_do"
ALERT = "alert"


def dag_lines(plan: Plan, flow: Flow, settings: AirflowSettings) -> Iterator[str]:
    """The `with DAG(…):` and all below it."""
    named = " as dag:" if flow.alerts else ":"
    yield from python_lines(Call("DAG", [], _dag_options(plan, flow, settings)), "with ", named)
    if flow.kind != "monitor":
        yield f'{INDENT}AnythingToDo(task_id="{FIRST}")'
    batches = frozenset(job.name for job in plan.jobs if job.name != MAIN_JOB)
    here = frozenset(one.id for one in flow.steps)
    outlets: dict[str, list[str]] = {}
    for step_id, name in flow.outlets:
        outlets.setdefault(step_id, []).append(name)
    for number, (group, steps) in enumerate(groupby(flow.steps, lambda s: _group(batches, s))):
        if number or flow.kind != "monitor":
            yield ""
        yield from python_lines(
            Call("TaskGroup", [group], {"prefix_group_id": False}), "with ", ":", INDENT
        )
        for step in steps:
            yield python_comment(step.at, INDENT * 2)
            task = _task(flow, here, step, settings, outlets.get(step.id, []))
            yield from python_lines(task, indent=INDENT * 2)
    if flow.alerts:
        asked = [Call("Asset", [flow.alerts])]
        alert = Call("Alert", [], {"task_id": ALERT, "outlets": asked})
        yield ""
        yield from python_lines(alert, f'dag.get_task("{flow.monitor}") >> ', indent=INDENT)


def _dag_options(plan: Plan, flow: Flow, settings: AirflowSettings) -> dict[str, object]:
    text = TEXTS[flow.kind]
    schedule: object = None
    if flow.schedule:
        schedule = Call("CronDataIntervalTimetable", [flow.schedule], {"timezone": "UTC"})
    elif flow.assets:
        schedule = [Call("Asset", [name]) for name in flow.assets]
    asked = {
        "type": ["null", "string"],
        "format": "date-time",
        "description": "Pretend that it is this instant, such as 2026-01-31T00:00:00Z.",
    }
    return {
        "dag_id": flow.dag_id,
        "description": text.title,
        "doc_md": Code("__doc__"),
        "schedule": schedule,
        "start_date": instant_of(settings.start_date),
        "catchup": settings.catchup,
        "max_active_runs": 1,
        "dagrun_timeout": duration_of(settings.run_timeout),
        "tags": list(dict.fromkeys(["onespec", plan.name, flow.kind, *settings.tags])),
        "params": {"as_of": Call("Param", [None], asked)},
        "default_args": _default_args(settings),
    }


def _default_args(settings: AirflowSettings) -> Mapping[str, object]:
    owner = {} if settings.owner is None else {"owner": settings.owner}
    pool = {} if settings.pool is None else {"pool": settings.pool}
    callbacks = {f"on_{event}_callback": Code(f"on_{event}") for event in called(settings)}
    return {
        **owner,
        "retries": settings.retries,
        "retry_delay": duration_of(settings.retry_delay),
        "retry_exponential_backoff": 2,
        "max_retry_delay": duration_of(settings.max_retry_delay),
        "execution_timeout": duration_of(settings.timeout),
        **pool,
        **callbacks,
    }


def _group(batches: Set[str], step: Step) -> str:
    """The task group of a step: step ids hold dots, so that none is called like a group."""
    if step.kind in ("source", "check_source"):
        return "sources"
    if step.kind == "materialize":
        return "views"
    owner = step.id.split(".")[1]
    if step.kind == "monitor":
        return f"monitor-{owner}"
    return f"batch-{owner}" if owner in batches else f"model-{owner}"


def _task(
    flow: Flow, here: Set[str], step: Step, settings: AirflowSettings, outlets: Sequence[str]
) -> Call:
    wanted = dict.fromkeys((*step.inputs, *step.guards, *step.after))
    needs = [step_id for step_id in wanted if step_id in here]
    if not needs and flow.kind != "monitor":
        needs = [FIRST]
    options: dict[str, object] = {"needs": needs}
    if outlets:
        options["outlets"] = [Call("Asset", [name]) for name in outlets]
    if step.resources.gpu:
        options["pool"] = settings.gpu_pool
        options["pool_slots"] = ceil(step.resources.gpu)
    if runs_in(settings).kubernetes_pod is not None:
        options["resources"] = _resources(step)
    return Call("step", [step.id], options)


def _resources(step: Step) -> dict[str, dict[str, str]]:
    """As Kubernetes counts: memory and GPUs are limits, too."""
    given = step.resources
    limits = {}
    if given.memory:
        limits["memory"] = str(given.memory)
    if given.gpu:
        limits["nvidia.com/gpu"] = str(ceil(given.gpu))
    requests = {"cpu": f"{given.cpu:g}", **limits}
    return {"requests": requests, **({"limits": limits} if limits else {})}
