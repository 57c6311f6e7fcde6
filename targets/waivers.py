"""What the spec does without on a target: for the reviewer of the emitted files."""

from dataclasses import dataclass

from ..compiler.plan import Plan
from ..specs.render.visible import visible
from .asks import Asked
from .capabilities import CAPABILITIES
from .target import Settings

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Waived:
    """A capability that the plan asks for and the spec waives."""

    name: str
    reason: str
    asked: tuple[Asked, ...]

    @property
    def line(self) -> str:
        """On one line, with the lines of the spec that asked: safe behind any comment sign."""
        lines = list(dict.fromkeys(one.line for one in self.asked if one.line))
        more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
        places = ", ".join([*lines[:SHOWN], *more])
        return visible(f"waived: {self.name} ({places}): {self.reason}")


def waived(plan: Plan, settings: Settings) -> tuple[Waived, ...]:
    """The waivers that something in the plan needs, in the order of the capabilities."""
    found = (
        Waived(name, settings.waive[name], tuple(one.asked(plan)))
        for name, one in CAPABILITIES.items()
        if name in settings.waive
    )
    return tuple(one for one in found if one.asked)
