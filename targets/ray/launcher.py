"""The config of Ray's cluster launcher, `ray up`: machines that come and go with the steps."""

from collections.abc import Iterator
from typing import Any

from ... import __version__
from ...compiler.plan import Plan
from ..target import Problem
from ..worker_groups import WorkerGroup, worker_groups
from ..yaml_text import Commented
from .settings import Group, Launcher, RaySettings

HEAD = "ray.head.default"  # as Ray itself calls it
TOKEN = "~/.ray/auth_token"  # noqa: S105 - where Ray looks for it

_AUTHENTICATED = f"RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH={TOKEN} RAY_USAGE_STATS_ENABLED=0"
_GIB = 1 << 30


def check_launcher(plan: Plan, settings: RaySettings) -> Iterator[Problem]:
    """E602: groups that nothing needs, and machines that are too small for what they are to run."""
    if settings.launcher is None:
        return
    needed = {group.name: group for group in worker_groups(plan)}
    for name, said in settings.launcher.groups.items():
        at = ("targets", "ray", "launcher", "groups", name)
        if name not in needed:
            told = ", ".join(f"`{one}`" for one in needed)
            yield Problem(
                "E602",
                f"nothing in the spec runs on machines of a group `{name}`",
                at,
                f"what it needs is {told}; remove the group, or ask for its accelerator in "
                "`resources`",
                on_key=True,
            )
            continue
        yield from _too_small(needed[name], said, at)


def _too_small(group: WorkerGroup, said: Group, at: tuple[str, ...]) -> Iterator[Problem]:
    needs: dict[str, tuple[float | None, float | None, str]] = {
        "cpu": (said.cpu, group.cpu, f"{group.cpu} cores"),
        "memory": (said.memory, group.memory, f"{(group.memory or 0) // _GIB} GiB of memory"),
        "gpu": (said.gpu, group.gpu, f"{group.gpu} GPUs"),
    }
    for key, (has, need, told) in needs.items():
        if has is not None and need is not None and has < need:
            yield Problem(
                "E602",
                f"the machines of group `{group.name}` are too small for what runs on them, "
                f"which asks for {told}",
                (*at, key),
                f"give them {told}, or lower the `resources` at {', '.join(group.at)}",
            )


def launcher_config(plan: Plan, settings: Launcher) -> dict[str, Any]:
    """For `ray up`. The head runs no step; every node has the token before Ray starts on it."""
    groups = worker_groups(plan)
    said = {group.name: settings.groups.get(group.name, Group()) for group in groups}
    config: dict[str, Any] = {
        "cluster_name": plan.name,
        "max_workers": sum(one.max for one in said.values()),
        "idle_timeout_minutes": settings.idle_minutes,
        "provider": dict(settings.provider),
        "auth": {"ssh_user": settings.user},
    }
    if settings.image is not None:
        config["docker"] = {"image": settings.image, "container_name": "ray"}
    return config | {
        "available_node_types": {
            HEAD: {
                "resources": {"CPU": 0},
                "node_config": dict(settings.head),
                "min_workers": 0,
                "max_workers": 0,
            },
            **{group.name: _node_type(group, said[group.name]) for group in groups},
        },
        "head_node_type": HEAD,
        "file_mounts": {TOKEN: TOKEN},
        "setup_commands": list(
            settings.setup or [f"python -m pip install --quiet 'onespec[ray]=={__version__}'"]
        ),
        "head_start_ray_commands": [
            "ray stop",
            f"ulimit -n 65536; {_AUTHENTICATED} ray start --head --port=6379"
            " --autoscaling-config=~/ray_bootstrap_config.yaml --dashboard-host=127.0.0.1",
        ],
        "worker_start_ray_commands": [
            "ray stop",
            f"ulimit -n 65536; {_AUTHENTICATED} ray start --address=$RAY_HEAD_IP:6379",
        ],
    }


def _node_type(group: WorkerGroup, said: Group) -> Any:
    resources: dict[str, int] = {"CPU": said.cpu or group.cpu}
    memory = said.memory or group.memory
    if memory:
        resources["memory"] = memory
    if group.gpu:
        resources["GPU"] = said.gpu or group.gpu
    if group.accelerator:
        resources[f"accelerator_type:{group.accelerator}"] = 1
    node = {
        "resources": resources,
        "node_config": dict(said.machine),
        "min_workers": said.min,
        "max_workers": said.max,
    }
    return Commented(node, f"for {', '.join(group.at)}") if group.at else node
