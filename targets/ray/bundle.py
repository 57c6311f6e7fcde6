"""The files of the Ray target."""

import shlex
from collections.abc import Iterator
from typing import Any

from ...compiler.plan import Endpoint, Plan
from ...compiler.plan_file import plan_text
from ..artifact import Artifact
from ..waivers import waived
from ..yaml_text import Commented, dump_yaml
from .capabilities import application_name
from .settings import RaySettings

HOST = "onespec.runtime.serving.host_ray:build"


def bundle(plan: Plan, settings: RaySettings) -> Iterator[Artifact]:
    """`plan.json`, `job.yaml` and, where there are endpoints, `serve.yaml`."""
    yield Artifact("plan.json", plan_text(plan))
    yield Artifact("job.yaml", _job(plan, settings))
    if plan.endpoints:
        yield Artifact("serve.yaml", _serve(plan, settings))


def _header(plan: Plan, settings: RaySettings, what: str) -> str:
    lines = (what, f"Compiled by onespec from {plan.spec}; edit that file, not this one.")
    return "\n".join((*lines, *(one.line for one in waived(plan, settings))))


def _arguments(settings: RaySettings) -> list[str]:
    state = ["--state", settings.state] if settings.state else []
    return [f"{settings.bundle or '.'}/plan.json", "--project", settings.project, *state]


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


def _serve(plan: Plan, settings: RaySettings) -> str:
    single = len(plan.endpoints) == 1
    config = {
        "proxy_location": "EveryNode",
        "http_options": {"host": settings.host, "port": plan.endpoints[0].port},
        "applications": [
            Commented(_application(plan, endpoint, settings, single), f"{endpoint.at}")
            for endpoint in plan.endpoints
        ],
    }
    what = "Ray Serve: `serve deploy serve.yaml`."
    return dump_yaml(config, _header(plan, settings, what))


def _application(
    plan: Plan, endpoint: Endpoint, settings: RaySettings, single: bool
) -> dict[str, Any]:
    arguments = {
        "plan": f"{settings.bundle or '.'}/plan.json",
        "endpoint": endpoint.name,
        "project": settings.project,
    }
    if settings.state:
        arguments["state"] = settings.state
    return {
        "name": application_name(plan, endpoint),
        "route_prefix": "/" if single else f"/{endpoint.name}",
        "import_path": HOST,
        "args": arguments,
        "deployments": [{"name": endpoint.name, **_replicas(endpoint), **_actor(endpoint)}],
    }


def _replicas(endpoint: Endpoint) -> dict[str, Any]:
    low, high = endpoint.replicas.minimum, endpoint.replicas.maximum
    if low == high:
        return {"num_replicas": low}
    return {"autoscaling_config": {"min_replicas": low, "max_replicas": high}}


def _actor(endpoint: Endpoint) -> dict[str, Any]:
    given = endpoint.resources
    options: dict[str, Any] = {"num_cpus": given.cpu}
    if given.memory:
        options["memory"] = given.memory
    if given.gpu:
        options["num_gpus"] = given.gpu
    if given.accelerator:
        options["resources"] = {f"accelerator_type:{given.accelerator}": 0.001}
    return {"ray_actor_options": options}
