"""How steps are scheduled: inline, or as Ray tasks."""

from collections.abc import Callable, Mapping

from ..errors import StepError
from .executor import Executor
from .inline import InlineExecutor


def _ray(address: str | None) -> Executor:
    from .ray_executor import RayExecutor

    return RayExecutor(address=address)


def _inline(address: str | None) -> Executor:
    if address is not None:
        raise StepError("an address is for the ray executor", remedy="add `--executor ray`")
    return InlineExecutor()


# name -> maker; the argument is the address of a cluster, None for this machine.
EXECUTORS: Mapping[str, Callable[[str | None], Executor]] = {"inline": _inline, "ray": _ray}


def make_executor(name: str, address: str | None = None) -> Executor:
    """The executor of that name. Raises StepError when there is none."""
    if name not in EXECUTORS:
        raise StepError(f"no executor is called {name!r}", remedy=f"one of: {', '.join(EXECUTORS)}")
    return EXECUTORS[name](address)
