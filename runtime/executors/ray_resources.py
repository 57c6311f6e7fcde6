"""What a step asks of Ray, and whether a cluster could ever give it."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...compiler.plan import Resources, Step
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


def require_possible(steps: Sequence[Step], nodes: Sequence[Amounts]) -> None:
    """Raises StepError that names every step for which no single node is large enough."""
    problems = [problem for step in steps if (problem := _impossible(step, nodes))]
    if problems:
        raise StepError(
            "the cluster can never run " + "; ".join(problems),
            remedy="lower the step's `resources` (an environment can), or use a larger cluster; "
            "nothing was run",
            rows=problems,
        )


def _impossible(step: Step, nodes: Sequence[Amounts]) -> str | None:
    gpu = step.resources.gpu
    if gpu > 1 and gpu != int(gpu):
        return f"{step.id}: {gpu} GPUs; more than one must be a whole number"
    wanted = asked(step.resources)
    if any(_fits(wanted, node) for node in nodes):
        return None
    short = [
        f"{_told(name, amount)} (the largest node has {_told(name, most)})"
        for name, amount in wanted.items()
        if (most := max((node.get(name, 0.0) for node in nodes), default=0.0)) < amount
    ]
    what = ", ".join(short) or "all of " + ", ".join(_told(*item) for item in wanted.items())
    return f"{step.id}: it asks for {what}" + ("" if short else " on one node")


def _fits(wanted: Amounts, node: Amounts) -> bool:
    return all(node.get(name, 0.0) >= amount for name, amount in wanted.items())


def _told(name: str, amount: float) -> str:
    if name == "memory":
        return f"{amount / (1 << 30):.1f} GiB of memory"
    if name.startswith("accelerator_type:"):
        kind = name.partition(":")[2]
        return f"an accelerator {kind}" if amount else "none"
    return f"{amount:g} {name}"
