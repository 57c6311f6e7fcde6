"""The identity of what is materialized: the instant, as far as it matters."""

from collections.abc import Mapping
from typing import Any

from ...compiler.plan import MaterializeParams, Step, ViewProgram
from ..monitoring.wording import instant
from ..sources.time_bounds import time_bounds
from ..value import Value
from ..workspace import Surroundings


def identity(step: Step, here: Surroundings) -> str:
    """The instant, unless no later instant could give other values."""
    view = view_of(step)
    if view.kind == "static" or view.source is None:
        return "always"
    newest = time_bounds(view.source, here).newest
    # A row of a window is gone when it is older than the window.
    settles = max([view.available_after, *(window.length + 1 for window in view.windows)])
    if newest is None or here.as_of >= newest + settles:
        return "settled"
    return f"as of {here.as_of}"


def holds(value: Value, step: Step, here: Surroundings) -> bool:
    """Whether the online store still serves what this step wrote, or what it wrote for later."""
    view = view_of(step).name
    if here.online.generation(view) == value.key:
        return True
    return here.online.overtaken(view, step.fingerprint, here.as_of)


def difference(
    step: Step,  # noqa: ARG001
    before: str | None,  # noqa: ARG001
    after: str | None,  # noqa: ARG001
    facts: Mapping[str, Any],  # noqa: ARG001
    here: Surroundings,
) -> str:
    """`for another instant: 31 Jan 2026`."""
    return f"for another instant: {instant(here.as_of)}"


def view_of(step: Step) -> ViewProgram:
    """The view of a `materialize` step."""
    assert isinstance(step.params, MaterializeParams)
    return step.params.view
