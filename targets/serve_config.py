"""The configuration of Ray Serve for the endpoints of a plan, for every target that hosts Serve."""

from collections.abc import Mapping
from typing import Any

from ..compiler.plan import Endpoint, Plan
from .yaml_text import Commented

HOST = "onespec.runtime.serving.host_ray:build"


def application_name(plan: Plan, endpoint: Endpoint) -> str:
    """What Ray Serve calls the application of an endpoint."""
    return f"{plan.name}-{endpoint.name.replace('_', '-')}"


def serve_config(
    plan: Plan,
    endpoints: tuple[Endpoint, ...],
    arguments: Mapping[str, str],
    host: str,
    *,
    one_replica_a_node: bool = False,
) -> dict[str, Any]:
    """What `serve deploy` takes: one application an endpoint, below its name if there are several.

    `arguments` are those of `onespec.runtime.serving.host_ray.build` but for the endpoint; `host`
    is the address that each node listens on. `one_replica_a_node` is for nodes that are made for
    replicas, so that the loss of one costs one replica.
    """
    single = len(endpoints) == 1
    spread = {"max_replicas_per_node": 1} if one_replica_a_node else {}
    return {
        "proxy_location": "EveryNode",
        "http_options": {"host": host, "port": endpoints[0].port},
        "applications": [
            Commented(_application(plan, one, arguments, single, spread), one.at)
            for one in endpoints
        ],
    }


def _application(
    plan: Plan,
    endpoint: Endpoint,
    arguments: Mapping[str, str],
    single: bool,
    spread: Mapping[str, int],
) -> dict[str, Any]:
    return {
        "name": application_name(plan, endpoint),
        "route_prefix": "/" if single else f"/{endpoint.name}",
        "import_path": HOST,
        "args": {**arguments, "endpoint": endpoint.name},
        "deployments": [
            {"name": endpoint.name, **_replicas(endpoint), **spread, **_actor(endpoint)}
        ],
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
