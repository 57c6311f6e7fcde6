"""Which device a step computes on: the GPU that it holds, or the processor, visibly."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..compiler.plan import Resources
from .errors import StepError

DeviceKind = Literal["cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class Device:
    """Where a step computes. `fallback` says why it is not the GPU that the spec asks for."""

    kind: DeviceKind = "cpu"
    fallback: str = ""


def choose_device(resources: Resources, why_no_gpu: Callable[[], str]) -> Device:
    """The device of a step that is running. `why_no_gpu` tells why its library cannot use the GPU,
    or nothing; it is only asked where the step holds one.

    Raises StepError where it cannot, and the spec allows no fallback.
    """
    if not resources.gpu:
        return Device()
    reason = why_no_gpu()
    if not reason:
        return Device("cuda")
    if resources.fallback == "cpu":
        return Device(fallback=reason)
    raise StepError(
        f"the step holds a GPU that it cannot use: {reason}",
        remedy="install a build for the GPU, or write `fallback: cpu` under `resources`",
    )
