"""Names that the target cannot express."""

import re
from collections.abc import Iterator

from ...compiler.plan import Plan
from ..capabilities import Named, NameRule
from ..target import Problem, Settings, Target


def check_names(target: Target, plan: Plan, settings: Settings) -> Iterator[Problem]:
    """E606: too long, of other characters, reserved, or the same for two things."""
    del settings
    for rule in target.capabilities.names:
        pattern = re.compile(rule.pattern)
        seen: dict[str, Named] = {}
        for named in rule.names(plan):
            first = seen.setdefault(named.name, named)
            wrong = _wrong(rule, pattern, named.name)
            if first is not named:
                wrong = "is the name of something else already"
            if wrong:
                yield Problem(
                    "E606",
                    f"target `{target.name}` calls {rule.what} `{named.name}`, which {wrong}",
                    named.at,
                    hint=_hint(plan, named),
                    related=_related(plan, named, first),
                    on_key=len(named.at) > 1,
                )


def _wrong(rule: NameRule, pattern: re.Pattern[str], name: str) -> str:
    if len(name) > rule.max_length:
        return f"has {len(name)} characters; {rule.max_length} are allowed"
    if not pattern.fullmatch(name):
        return f"must be {rule.allowed}"
    return "is reserved" if name in rule.reserved else ""


def _hint(plan: Plan, named: Named) -> str:
    parts = " or the product's `name`" if plan.name in named.name and named.at != ("name",) else ""
    return f"rename `{named.at[-1]}`{parts}"


def _related(plan: Plan, named: Named, first: Named) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if first is not named:
        return (("the other is declared here", tuple(map(str, first.at))),)
    if plan.name in named.name and named.at != ("name",):
        return (("the product's name is declared here", ("name",)),)
    return ()
