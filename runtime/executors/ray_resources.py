"""What a step asks of Ray, and whether a cluster could ever give it."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from ...compiler.plan import Resources, Step
from ..devices import on_cpu
from ..errors import StepError

Amounts = Mapping[str, float]


def asked(resources: Resources) -> dict[str, float]:
    """A step's resources by Ray's names; memory in bytes."""
    wanted = {"CPU": resources.cpu, "GPU": resources.gpu, "memory": float(resources.memory or 0)}
    if resources.accelerator:
        wanted[f"accelerator_type:{resources.accelerator}"] = 0.001
    return {name: amount for name, amount in wanted.items() if amount}


def options(resources: Resources) -> dict[str, Any]:
    """The same, as options of a Ray task or actor."""
    told: dict[str, Any] = {"num_cpus": resources.cpu, "num_gpus": resources.gpu}
    if resources.memory:
        told["memory"] = resources.memory
    if resources.accelerator:
        told["accelerator_type"] = resources.accelerator
    return told


def nodes_of(ray: Any) -> list[Amounts]:
    """What each node has that is alive."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def wait_for_nodes(ray: Any, steps: Sequence[Step], seconds: float, pause: float = 1.0) -> None:
    """Ask the cluster's autoscaler for nodes that fit each step, and wait until they are there, or
    the time is up."""
    from ray.autoscaler.sdk import request_resources

    def short() -> list[Resources]:
        nodes = nodes_of(ray)
        return [step.resources for step in steps if _impossible(step.resources, nodes)]

    missing = {tuple(sorted(asked(resources).items())) for resources in short()}
    if not missing:
        return
    deadline = time.monotonic() + seconds
    # One of each: what is done side by side is the autoscaler's to see once it is asked for.
    request_resources(bundles=[dict(bundle) for bundle in sorted(missing)])
    try:
        while short() and time.monotonic() < deadline:
            time.sleep(pause)
    finally:
        # What was asked for would be kept for ever; from now on the steps ask.
        request_resources(bundles=[])


def place_on_nodes(steps: Sequence[Step], nodes: Sequence[Amounts]) -> Mapping[str, str]:
    """The steps that have to do without their GPU, because no single node has all that they ask
    for, each with the reason.

    Raises StepError that names every step for which no node is large enough all the same.
    """
    placed, problems = {}, []
    for step in steps:
        problem = _impossible(step.resources, nodes)
        if problem is None:
            continue
        falls_back = step.resources.gpu and step.resources.fallback == "cpu"
        if falls_back and _impossible(on_cpu(step.resources), nodes) is None:
            placed[step.id] = problem
        else:
            problems.append(f"{step.id}: {problem}")
    if problems:
        raise StepError(
            "the cluster can never run " + "; ".join(problems),
            remedy="lower the step's `resources` (an environment can), or use a larger cluster; "
            "`--wait-for-nodes 10m` asks an autoscaler for machines, and with `fallback: cpu` a "
            "step runs where there is no such GPU. Nothing was run",
            rows=problems,
        )
    return placed


def _impossible(resources: Resources, nodes: Sequence[Amounts]) -> str | None:
    gpu = resources.gpu
    if gpu > 1 and gpu != int(gpu):
        return f"{gpu} GPUs; more than one must be a whole number"
    wanted = asked(resources)
    if any(_fits(wanted, node) for node in nodes):
        return None
    short = [
        f"{_told(name, amount)} (the largest node has {_told(name, most)})"
        for name, amount in wanted.items()
        if (most := max((node.get(name, 0.0) for node in nodes), default=0.0)) < amount
    ]
    what = ", ".join(short) or "all of " + ", ".join(_told(*item) for item in wanted.items())
    return f"it asks for {what}" + ("" if short else " on one node")


def _fits(wanted: Amounts, node: Amounts) -> bool:
    return all(node.get(name, 0.0) >= amount for name, amount in wanted.items())


def _told(name: str, amount: float) -> str:
    if name == "memory":
        return f"{amount / (1 << 30):.1f} GiB of memory"
    if name.startswith("accelerator_type:"):
        kind = name.partition(":")[2]
        return f"an accelerator {kind}" if amount else "none"
    return f"{amount:g} {name}"
