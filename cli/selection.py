"""What `--select`, `--exclude` and `--against` mean: steps of a plan."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..compiler.plan import Plan
from ..runtime.select import Differences, SelectionError, select

if TYPE_CHECKING:
    from ..runtime.open import Place

MAIN = ("job:main",)


def selected(
    plan: Plan,
    place: "Place",
    patterns: Sequence[str],
    exclude: Sequence[str] = (),
    against: str | None = None,
) -> frozenset[str]:
    """The step ids; those of the main job when nothing is asked for. Raises UsageError."""

    def differences() -> Differences:
        return _differences(_old_plan(plan, place, against), plan)

    try:
        return select(plan, patterns or MAIN, exclude, differences)
    except SelectionError as error:
        told = " ".join(_sentence(text) for text in (error.message, error.remedy) if text)
        raise click.UsageError(told) from None


def _old_plan(plan: Plan, place: "Place", against: str | None) -> Plan:
    """The plan to compare with: the one named, or that of the last run."""
    if against is not None:
        return _named_plan(against, plan.environment)
    from ..runtime.kept_plans import kept_plan

    with place.glance(plan) as here:
        for run in here.ledger.runs():
            if run.plan_name == plan.name and "single" not in run.facts:
                old = kept_plan(place.state, str(run.facts.get("plan")))
                if old is not None:
                    return old
    raise SelectionError(
        "no run of this plan is remembered, so that nothing is known to have changed",
        remedy="name what to compare with by --against",
    )


def _named_plan(against: str, environment: str | None) -> Plan:
    from .options import find_spec
    from .plans import load_any

    path = find_spec(Path(against))
    if not path.is_file():
        raise SelectionError(f"there is nothing to compare with at `{against}`")
    return load_any(path, None if path.suffix == ".json" else environment)[0]


def _differences(old: Plan, new: Plan) -> Differences:
    """A step differs by its own parameters and code, not by what it stands on: for that one
    writes `state:changed+`."""
    from ..compiler.changes.steps import changed_steps

    found = changed_steps(old, new)
    added = frozenset(i for i, change in found.items() if change.state == "added")
    own = {i for i, c in found.items() if c.state == "changed" and (c.own or c.code)}
    return Differences(added | own, added)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.?' else '.'}"
