"""What the plan asks for, the target lacks and the spec does not waive."""

from collections.abc import Iterator

from ...compiler.plan import Plan
from ...specs.quote_yaml import quote_yaml
from ...specs.suggest import closest
from ..asks import Asked
from ..capabilities import CAPABILITIES, Capability, Unsupported
from ..target import Problem, Settings, Target

SHOWN = 3


def check_capabilities(target: Target, plan: Plan, settings: Settings) -> Iterator[Problem]:
    """E603: one error a capability, at the first place that asks. E604 and W605: waivers."""
    unknown = {
        name: closest(name, CAPABILITIES) for name in settings.waive if name not in CAPABILITIES
    }
    for one in CAPABILITIES.values():
        said = target.capabilities.of(one.name)
        reason = settings.waive.get(one.name)
        lacks = isinstance(said, Unsupported)
        asked = tuple(one.asked(plan)) if lacks else ()
        if one.name in unknown.values():
            continue  # a misspelt waiver is one error, not two
        if asked and reason is None and isinstance(said, Unsupported):
            yield _unsupported(target, plan, one, said, asked)
        elif reason is not None and not asked:
            yield _stale(target, one, lacks=lacks)
    for name in settings.waive:
        if name in unknown:
            guess = unknown[name]
            yield Problem(
                "E604",
                f"there is no capability `{name}` to waive",
                ("targets", target.name, "waive", name),
                label=f"did you mean `{guess}`?" if guess else "",
                hint="" if guess else "the capabilities are " + ", ".join(CAPABILITIES),
                on_key=True,
            )


def _unsupported(
    target: Target, plan: Plan, one: Capability, said: Unsupported, asked: tuple[Asked, ...]
) -> Problem:
    first, *others = asked
    more = f" (and {len(others)} more)" if len(others) > SHOWN else ""
    return Problem(
        "E603",
        f"{first.what}, and target `{target.name}` {said.reason}",
        first.at,
        hint=_fix(target, plan, one, said, first),
        related=(
            (f"`{target.name}` is chosen here", ("targets", target.name)),
            *((f"{other.what}{more} here", other.at) for other in others[:SHOWN]),
        ),
    )


def _fix(target: Target, plan: Plan, one: Capability, said: Unsupported, first: Asked) -> str:
    """What can be pasted: a waiver, with a reason that is perhaps the right one."""
    instead = said.instead if first.command or "{command}" not in said.instead else ""
    reason = instead.replace("{command}", first.command) or "WHY IT CAN BE DONE WITHOUT"
    waiver = f"waive: {{{one.name}: {quote_yaml(reason)}}}"
    if target.name in plan.targets:
        where = f"say below `targets.{target.name}` why it can be missing"
    else:
        where, waiver = "say why it can be missing", f"targets: {{{target.name}: {{{waiver}}}}}"
    return f"remove it, compile for another target, or {where}: `{waiver}`"


def _stale(target: Target, one: Capability, *, lacks: bool) -> Problem:
    why = "the spec does not ask for it" if lacks else "the target can do it"
    return Problem(
        "W605",
        f"target `{target.name}` waives `{one.name}` for nothing: {why}",
        ("targets", target.name, "waive", one.name),
        hint="remove it; one that a single environment needs belongs into that environment",
        on_key=True,
        severity="warning",
    )
