"""How steps are scheduled: inline, or as Ray tasks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import StepError
from .executor import Executor
from .inline import InlineExecutor

if TYPE_CHECKING:
    from .shipment import Shipment


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A cluster that is there: its address, what is sent to it, and for how many seconds a run
    waits for nodes that its autoscaler has to add."""

    address: str
    shipment: "Shipment | None" = None
    patience: float = 0.0


def _ray(elsewhere: Elsewhere | None) -> Executor:
    from .ray_executor import RayExecutor

    if elsewhere is None:
        return RayExecutor()
    return RayExecutor(elsewhere.address, shipment=elsewhere.shipment, patience=elsewhere.patience)


def _inline(elsewhere: Elsewhere | None) -> Executor:
    if elsewhere is not None:
        raise StepError("an address is for the ray executor", remedy="add `--executor ray`")
    return InlineExecutor()


# name -> maker; the argument is None for this machine.
EXECUTORS: Mapping[str, Callable[[Elsewhere | None], Executor]] = {
    "inline": _inline,
    "ray": _ray,
}


def make_executor(name: str, elsewhere: Elsewhere | None = None) -> Executor:
    """The executor of that name. Raises StepError when there is none."""
    if name not in EXECUTORS:
        raise StepError(f"no executor is called {name!r}", remedy=f"one of: {', '.join(EXECUTORS)}")
    return EXECUTORS[name](elsewhere)
