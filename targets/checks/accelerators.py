"""Accelerator types that the platform does not know."""

from collections.abc import Iterator

from ...compiler.plan import Plan
from ...specs.document import Path
from ...specs.suggest import did_you_mean
from ..asks import consumers
from ..machines import MachineSettings
from ..target import Problem, Settings, Target


def check_accelerators(target: Target, plan: Plan, settings: Settings) -> Iterator[Problem]:
    """E609, in the `resources` and in what the target was told of its nodes."""
    known = target.capabilities.accelerators
    if known is None:
        return
    for one in consumers(plan):
        wanted = one.resources.accelerator
        if wanted is not None and wanted not in known:
            yield _unknown(target, wanted, known, (*one.at, "accelerator"))
    if isinstance(settings, MachineSettings) and settings.node is not None:
        for index, name in enumerate(settings.node.accelerators):
            if name not in known:
                at = ("targets", target.name, "node", "accelerators", index)
                yield _unknown(target, name, known, at)


def _unknown(target: Target, name: str, known: frozenset[str], at: Path) -> Problem:
    guess = did_you_mean(name, known)
    message = f"target `{target.name}` knows no accelerator `{name}`"
    hint = "" if guess else "known are " + ", ".join(sorted(known))
    return Problem("E609", message, at, hint, guess)
