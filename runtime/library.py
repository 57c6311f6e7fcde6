"""Which module runs which kind of step, and what a module may say besides `run`."""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from ..compiler.plan import Step
from .identities import identity_module
from .steps import step_module
from .value import Value
from .workspace import Surroundings

# kind -> something with `run`, and perhaps `identity`, `holds` and `difference`.
Library = Callable[[str], Any]

built_in: Library = step_module


def identity(
    step: Step, keys: Mapping[str, str], here: Surroundings, library: Library
) -> str | None:
    """What the step reads that is not an input, told by its module; None when there is nothing.

    A module whose `identity` takes `keys` is given the keys of the step's inputs.
    """
    tell = getattr(_light(step.kind, library), "identity", None)
    if tell is None:
        return None
    if "keys" in signature(tell).parameters:
        return str(tell(step, here, keys=keys))
    return str(tell(step, here))


def has_identity(step: Step, library: Library) -> bool:
    """Whether the step's key depends on more than its parameters and inputs."""
    return hasattr(_light(step.kind, library), "identity")


def holds(value: Value, step: Step, here: Surroundings, library: Library) -> bool:
    """Whether what the step did outside the artifact store is still done."""
    check = getattr(_light(step.kind, library), "holds", None)
    return check is None or bool(check(value, step, here))


def difference(
    step: Step,
    before: str | None,
    after: str | None,
    facts: Mapping[str, Any],
    here: Surroundings,
    library: Library,
) -> str:
    """In a few words, how one identity of a step became another; empty where nobody can tell.
    `facts` are those of the step's last value."""
    tell = getattr(_light(step.kind, library), "difference", None)
    return str(tell(step, before, after, facts, here)) if tell is not None else ""


def _light(kind: str, library: Library) -> Any:
    """What tells of keys: for our own kinds a module that imports nothing heavy."""
    return identity_module(kind) if library is built_in else library(kind)
