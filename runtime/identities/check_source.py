"""The identity of the tests of a source: which of those of freshness pass at the instant."""

from collections.abc import Mapping
from typing import Any

from ...compiler.plan import CheckSourceParams, DataCheck, Step
from ..monitoring.wording import instant
from ..sources.time_bounds import time_bounds
from ..workspace import Surroundings


def identity(step: Step, here: Surroundings) -> str:
    """Which tests of freshness pass at the run's instant: nothing else depends on it."""
    assert isinstance(step.params, CheckSourceParams)
    fresh = [check for check in step.params.checks if check.kind == "fresh"]
    if not fresh:
        return "always"
    newest = time_bounds(step.params.source, here).newest
    return "".join("f" if is_fresh(check, newest, here.as_of) else "s" for check in fresh)


def is_fresh(check: DataCheck, newest: int | None, as_of: int) -> bool:
    """Whether the newest event time (UTC µs) is young enough at `as_of`."""
    return newest is not None and check.within is not None and as_of - newest <= check.within


def difference(
    step: Step,  # noqa: ARG001
    before: str | None,
    after: str | None,
    facts: Mapping[str, Any],  # noqa: ARG001
    here: Surroundings,
) -> str:
    """`its data are no longer fresh on 31 Jan 2026`."""
    stale = (after or "").count("s") > (before or "").count("s")
    return f"its data are {'no longer' if stale else 'again'} fresh on {instant(here.as_of)}"
