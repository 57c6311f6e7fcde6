"""The files of the Ray target."""

import shlex
from collections.abc import Iterator
from typing import Any

from ...compiler.plan import Plan
from ...compiler.plan_file import plan_text
from ..artifact import Artifact
from ..serve_config import serve_config
from ..waivers import waived
from ..yaml_text import dump_yaml
from .launcher import launcher_config
from .settings import Launcher, RaySettings


def bundle(plan: Plan, settings: RaySettings) -> Iterator[Artifact]:
    """`plan.json`, `job.yaml`; where they are asked for, `cluster.yaml` and `serve.yaml`."""
    yield Artifact("plan.json", plan_text(plan))
    yield Artifact("job.yaml", _job(plan, settings))
    if settings.launcher is not None:
        yield Artifact("cluster.yaml", _cluster(plan, settings, settings.launcher))
    if plan.endpoints:
        yield Artifact("serve.yaml", _serve(plan, settings))


def _header(plan: Plan, settings: RaySettings, what: str) -> str:
    lines = (what, f"Compiled by onespec from {plan.spec}; edit that file, not this one.")
    return "\n".join((*lines, *(one.line for one in waived(plan, settings))))


def _arguments(settings: RaySettings) -> list[str]:
    state = ["--state", settings.state] if settings.state else []
    return [_plan_path(settings), "--project", settings.project, *state]


def _plan_path(settings: RaySettings) -> str:
    """The plan as the cluster sees it: the bundle lies in the project."""
    folder = settings.bundle or "."
    within = "" if settings.project == "." else f"{settings.project.rstrip('/')}/"
    return f"{within}{folder}/plan.json"


def _job(plan: Plan, settings: RaySettings) -> str:
    command = ["onespec", "run", *_arguments(settings), "--executor", "ray"]
    environment: dict[str, Any] = {"env_vars": {"RAY_USAGE_STATS_ENABLED": "0"}}
    if settings.pip:
        environment["pip"] = list(settings.pip)
    job = {
        "entrypoint": shlex.join([*command, "--address", settings.address]),
        "runtime_env": environment,
        "metadata": {"onespec.product": plan.name, "onespec.spec": plan.spec},
    }
    what = "A job for Ray's job server: the body of POST /api/jobs/."
    return dump_yaml(job, _header(plan, settings, what))


def _cluster(plan: Plan, settings: RaySettings, launcher: Launcher) -> str:
    what = (
        "A cluster for Ray's launcher: `ray get-auth-token --generate`, then `ray up cluster.yaml`."
    )
    return dump_yaml(launcher_config(plan, launcher), _header(plan, settings, what))


def _serve(plan: Plan, settings: RaySettings) -> str:
    arguments = {"plan": _plan_path(settings), "project": settings.project}
    if settings.state:
        arguments["state"] = settings.state
    config = serve_config(plan, plan.endpoints, arguments, settings.host)
    what = "Ray Serve: `serve deploy serve.yaml`."
    return dump_yaml(config, _header(plan, settings, what))
