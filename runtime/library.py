"""Which module runs which kind of step, and what a module may say besides `run`."""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from ..compiler.plan import Step
from .steps import step_module
from .value import Value
from .workspace import Workspace

# kind -> something with `run`, and perhaps `identity` and `holds` (see runtime/steps).
Library = Callable[[str], Any]

built_in: Library = step_module


def identity(
    step: Step, keys: Mapping[str, str], workspace: Workspace, library: Library
) -> str | None:
    """What the step reads that is not an input, told by its module; None when there is nothing.

    A module whose `identity` takes `keys` is given the keys of the step's inputs.
    """
    tell = getattr(library(step.kind), "identity", None)
    if tell is None:
        return None
    if "keys" in signature(tell).parameters:
        return str(tell(step, workspace, keys=keys))
    return str(tell(step, workspace))


def has_identity(step: Step, library: Library) -> bool:
    """Whether the step's key depends on more than its parameters and inputs."""
    return hasattr(library(step.kind), "identity")


def holds(value: Value, step: Step, workspace: Workspace, library: Library) -> bool:
    """Whether what the step did outside the artifact store is still done."""
    check = getattr(library(step.kind), "holds", None)
    return check is None or bool(check(value, step, workspace))
