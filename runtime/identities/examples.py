"""The identity of examples: which rows the run's instant lets through."""

from collections.abc import Mapping
from typing import Any

from ...compiler.plan import ExamplesParams, Step
from ..errors import StepError
from ..monitoring.wording import instant
from ..sources.time_bounds import let_through, time_bounds
from ..workspace import Surroundings


def identity(step: Step, here: Surroundings) -> str:
    """Which rows the instant lets through: the same for all instants that let the same through."""
    params = params_of(step)
    source = params.source
    low, high = instants(params, here.as_of)
    if low is None and high is None:
        return "all"
    bounds = time_bounds(source, here)
    if bounds.oldest is None or bounds.newest is None:
        return "all"
    if low is not None and low < bounds.oldest:
        low = None
    if high is not None and high >= bounds.newest:
        high = None
    if low is None and high is None:
        return "all"
    # Two instants that let the same oldest and newest time through let the same rows through.
    kept = let_through(source, here, low, high)
    return "none" if kept is None else f"from {kept[0]} to {kept[1]}"


def instants(params: ExamplesParams, as_of: int) -> tuple[int | None, int | None]:
    """Examples have `low < time <= high` (UTC µs): the last so and so long, with labels mature."""
    low = None if params.last is None else as_of - params.last
    high = None if params.last is None else as_of
    if params.label is not None:
        high = as_of - params.label_available_after
    return low, high


def difference(
    step: Step,  # noqa: ARG001
    before: str | None,
    after: str | None,
    facts: Mapping[str, Any],  # noqa: ARG001
    here: Surroundings,
) -> str:
    """`the rows up to 30 Dec 2013, 11:00 UTC count now (were: up to 29 Dec 2013)`."""
    new, old = _newest(after), _newest(before)
    if new is None:
        return f"other rows count as of {instant(here.as_of)}"
    was = f" (were: up to {instant(old)})" if old is not None and old != new else ""
    return f"the rows up to {instant(new)} count now{was}"


def params_of(step: Step) -> ExamplesParams:
    """The parameters of an `examples` step. Raises StepError where its source has no event time."""
    assert isinstance(step.params, ExamplesParams)
    if step.params.source.event_time is None:
        raise StepError(
            f"source `{step.params.source.name}` has no event time, and examples need one",
            remedy="declare `event_time` of the source",
        )
    return step.params


def _newest(text: str | None) -> int | None:
    last = (text or "").rpartition(" to ")[2]
    return int(last) if last.lstrip("-").isdigit() else None
