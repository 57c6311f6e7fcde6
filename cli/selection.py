"""What `--select`, `--exclude` and `--against` mean: steps of a plan."""

from collections.abc import Sequence
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
        old = _last_plan(plan, place) if against is None else _named_plan(plan, place, against)
        return _differences(old, plan)

    try:
        return select(plan, patterns or MAIN, exclude, differences)
    except SelectionError as error:
        told = " ".join(_sentence(text) for text in (error.message, error.remedy) if text)
        raise click.UsageError(told) from None


def _last_plan(plan: Plan, place: "Place") -> Plan:
    """The plan of the last run."""
    from ..runtime.kept_plans import kept_plan

    with place.glance(plan) as here:
        for run in here.ledger.runs():
            if run.plan_name == plan.name and "single" not in run.facts:
                old = kept_plan(here, str(run.facts.get("plan")))
                if old is not None:
                    return old
    raise SelectionError(
        "no run of this plan is remembered, so that nothing is known to have changed",
        remedy="name what to compare with by --against",
    )


def _named_plan(plan: Plan, place: "Place", against: str) -> Plan:
    """The plan of a spec, a folder, a plan file, or a git revision of this plan's spec."""
    from .diff_sides import one_side
    from .plans import load_any

    with one_side(against, place.project / plan.spec) as given:
        is_plan = given.path.suffix == ".json"
        return load_any(given.path, None if is_plan else plan.environment)[0]


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
