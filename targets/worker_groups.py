"""The kinds of machine that a plan needs besides the head of a cluster: one group a kind."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ..compiler.plan import Plan, Resources
from .asks import consumers

PLAIN = "cpu"
_GPU = "gpu"
_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class WorkerGroup:
    """Machines of one kind, each large enough for the largest of what runs on them.

    `cpu` are whole cores, `memory` bytes in whole GiB or None where nothing asks for any, `gpu`
    whole devices. `at` are the lines of the spec that ask for what `cpu` cores alone do not give.
    """

    name: str
    cpu: int = 1
    memory: int | None = None
    gpu: int = 0
    accelerator: str | None = None
    at: tuple[str, ...] = ()


def worker_groups(plan: Plan) -> tuple[WorkerGroup, ...]:
    """The plain group first, which runs all that asks for no GPU; then one for each accelerator,
    by name. What asks for any GPU goes to a group of its own, `gpu`."""
    asked = [(step.resources, step.at) for step in plan]
    asked += [(one.resources, one.line) for one in consumers(plan) if one.serves]
    kinds = {_kind(resources) for resources, _ in asked} | {PLAIN}
    return tuple(
        _group(name, [(r, at) for r, at in asked if _kind(r) == name])
        for name in sorted(kinds, key=lambda name: (name != PLAIN, name))
    )


def _kind(resources: Resources) -> str:
    if resources.gpu == 0:
        return PLAIN
    if resources.accelerator is None:
        return _GPU
    return f"{_GPU}-{resources.accelerator.lower().replace('_', '-')}"


def _group(name: str, asked: Iterable[tuple[Resources, str]]) -> WorkerGroup:
    asked = list(asked)
    given = [resources for resources, _ in asked]
    memories = [r.memory for r in given if r.memory is not None]
    beyond = (at for r, at in asked if at and (r.cpu > 1 or r.gpu > 0 or r.memory is not None))
    return WorkerGroup(
        name,
        cpu=max([1, *(math.ceil(r.cpu) for r in given)]),
        memory=math.ceil(max(memories) / _GIB) * _GIB if memories else None,
        gpu=max([0, *(math.ceil(r.gpu) for r in given)]),
        accelerator=next((r.accelerator for r in given if r.gpu > 0 and r.accelerator), None),
        at=tuple(dict.fromkeys(beyond)),
    )
