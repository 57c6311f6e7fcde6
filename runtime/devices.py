"""Which device a step computes on: the GPU that it holds, or the processor, visibly."""

import ctypes
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..compiler.plan import Resources, Step
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


def on_cpu(resources: Resources) -> Resources:
    """The same without a GPU."""
    return replace(resources, gpu=0.0, accelerator=None, fallback=None)


def place_here(
    steps: Sequence[Step], see: Callable[[], Sequence[str]] | None = None
) -> Mapping[str, str]:
    """The steps that have to do without their GPU in this process, each with the reason.

    `see` tells the names of the GPUs that there are, and is only asked where a step wants one.
    Raises StepError, before anything runs, for those that may not do without.
    """
    holders = [step for step in steps if step.resources.gpu]
    names = (see or visible_gpus)() if holders else ()
    short = {step.id: why for step in holders if (why := _short_of(step.resources, names))}
    strict = [step for step in holders if step.id in short and step.resources.fallback is None]
    if strict:
        told = "; ".join(f"{step.id}: {short[step.id]}" for step in strict)
        raise StepError(
            f"this machine cannot run {told}",
            remedy="use a machine with that GPU, or `--executor ray` with a cluster that has one; "
            "with `fallback: cpu` under `resources` the step runs without. Nothing was run",
        )
    return short


def _short_of(resources: Resources, names: Sequence[str]) -> str:
    """What is missing, or nothing. One step runs at a time, so a share is as good as a whole."""
    kind = resources.accelerator
    usable = [name for name in names if kind is None or is_of_type(name, kind)]
    if len(usable) >= resources.gpu:
        return ""
    asked = f"it asks for {resources.gpu:g} GPU" + ("" if resources.gpu <= 1 else "s")
    has = ", ".join(names) or "none"
    return f"{asked}{f' of type {kind}' if kind else ''}, and there is {has}"


def is_of_type(name: str, accelerator: str) -> bool:
    """Whether a GPU that calls itself `NVIDIA A100-SXM4-40GB` is Ray's `A100`, or `A100-40G`."""
    model, *rest = accelerator.upper().removeprefix("NVIDIA-").split("-")
    parts = re.split(r"[\s-]+", name.upper())
    return model in parts and all(any(p.startswith(word) for p in parts) for word in rest)


def visible_gpus() -> tuple[str, ...]:
    """The names of the GPUs that this process may use, as CUDA's driver tells them.

    Without a driver there are none. `CUDA_VISIBLE_DEVICES` is heeded.
    """
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return ()
    count, device = ctypes.c_int(), ctypes.c_int()
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
        return ()
    names = []
    for place in range(count.value):
        name = ctypes.create_string_buffer(256)
        if not driver.cuDeviceGet(ctypes.byref(device), place) and not driver.cuDeviceGetName(
            name, len(name), device
        ):
            names.append(name.value.decode(errors="replace"))
    return tuple(names)
