"""The imports of a DAG file: what it uses, sorted as ruff sorts."""

from collections.abc import Iterator

from ...compiler.plan import Plan
from ..python_text import WIDTH
from .constants import called, runs_in
from .flows import Flow
from .settings import AirflowSettings


def import_lines(plan: Plan, flow: Flow, settings: AirflowSettings) -> Iterator[str]:
    """The standard library, then Airflow."""
    del plan
    in_pods = runs_in(settings).kubernetes_pod is not None
    if flow.alerts and not in_pods:
        yield "import json"
    yield "from datetime import datetime, timedelta, timezone"
    if not in_pods:
        yield "from functools import cached_property"
    if called(settings):
        yield "from importlib import import_module"
    if not in_pods:
        yield "from pathlib import Path"
    yield ""
    if in_pods:
        yield _import("airflow.providers.cncf.kubernetes.operators.pod", ["KubernetesPodOperator"])
    else:
        yield _import("airflow.providers.standard.hooks.subprocess", ["SubprocessHook"])
    yield _import("airflow.sdk", _of_sdk(flow, in_pods=in_pods))
    yield _import(
        "airflow.sdk.exceptions",
        ["AirflowException", "AirflowFailException", "AirflowSkipException"],
    )


def _of_sdk(flow: Flow, *, in_pods: bool) -> list[str]:
    names = ["DAG", "Context", "Param", "TaskGroup"]
    if not in_pods:
        names.append("BaseOperator")
    if flow.schedule:
        names.append("CronDataIntervalTimetable")
    if flow.assets or flow.outlets or flow.alerts:
        names.append("Asset")
    # As isort does: constants, then classes.
    return sorted(names, key=lambda name: (not name.isupper(), name))


def _import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])
