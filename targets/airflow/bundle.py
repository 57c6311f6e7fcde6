"""The files of the Airflow target."""

from collections.abc import Iterator
from typing import Any

from ...compiler.plan import Plan
from ...compiler.plan_file import plan_text
from ..artifact import Artifact
from ..python_text import Code, python_comment
from ..waivers import waived
from .constants import called, constant_lines, runs_in
from .flows import Flow, flows
from .imports import import_lines
from .settings import AirflowSettings
from .tasks import dag_lines
from .template import render
from .texts import TEXTS


def bundle(plan: Plan, settings: AirflowSettings) -> Iterator[Artifact]:
    """`plan.json` and a file for each DAG."""
    yield Artifact("plan.json", plan_text(plan))
    header = "\n".join(_header(plan, settings))
    for flow in flows(plan, settings.schedule, settings.training_schedule):
        name = flow.dag_id.replace("-", "_")
        yield Artifact(f"{name}.py", _file(plan, flow, settings, header))


def _header(plan: Plan, settings: AirflowSettings) -> Iterator[str]:
    yield python_comment(f"Compiled by onespec from {plan.spec}; edit that file, not this one.")
    yield from (python_comment(one.line) for one in waived(plan, settings))


def _file(plan: Plan, flow: Flow, settings: AirflowSettings, header: str) -> str:
    way = runs_in(settings)
    text = TEXTS[flow.kind]
    values: dict[str, Any] = {
        "title": Code(text.title),
        "story": Code(text.story),
        "header": Code(header),
        "imports": [Code(line) for line in import_lines(plan, flow, settings)],
        "constants": [Code(line) for line in constant_lines(plan, flow, settings)],
        "operator": "pod.py.j2" if way.kubernetes_pod else "process.py.j2",
        "step_words": Code(_step_words(settings)),
        "by_assets": bool(flow.assets),
        "as_of": None if plan.as_of is None else Code("AS_OF"),
        "last": flow.kind != "monitor",
        "evidence": flow.kind == "retraining",
        "alerts": bool(flow.alerts),
        "callbacks": [
            (Code(f"on_{event}"), Code(f"ON_{event.upper()}")) for event in called(settings)
        ],
        "tasks": Code("\n".join(dag_lines(plan, flow, settings))),
    }
    return render("dag.py.j2", values)


def _step_words(settings: AirflowSettings) -> str:
    if runs_in(settings).ray is None:
        return '"step", PLAN, self.task_id'
    return '"run", PLAN, *ON_RAY, "--select", self.task_id'
