"""Which steps of a plan are asked for, in the words that dbt uses.

`late_arrival` (all steps of a source, view, model, deployment or monitor), `train.late_arrival`,
`train.*`, `tag:…`, `kind:…`, `job:…`, `state:changed`, `state:new`. A `+` in front adds everything
upstream and one behind everything downstream, `2+` and `+2` so many steps. Several are a union,
with commas between them an intersection.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cached_property
from typing import NoReturn

from ..compiler.plan import Endpoint, Plan, Step
from ..specs.suggest import did_you_mean, shown
from .errors import StepError

METHODS = ("tag", "kind", "job", "state")
STATES = ("changed", "new")
_ATOM = re.compile(r"(?:(?P<up>\d*)\+)?(?P<what>[^+]+?)(?:\+(?P<down>\d*))?")
_GLOB = re.compile(r"[*?\[]")


class SelectionError(StepError):
    """Nothing has the name that was asked for, or the pattern cannot be understood."""


@dataclass(frozen=True, slots=True)
class Differences:
    """The steps that differ from those of another plan; `changed` includes the `new` ones."""

    changed: frozenset[str]
    new: frozenset[str]


def select(
    plan: Plan,
    patterns: Sequence[str],
    exclude: Sequence[str] = (),
    differences: Callable[[], Differences] | None = None,
) -> frozenset[str]:
    """The ids that any of `patterns` means (all steps when there is none) and none of `exclude`.

    `differences` is asked for `state:…`. Raises SelectionError.
    """
    steps = _Steps(plan, differences)
    chosen = steps.union(patterns) if patterns else set(steps.by_id)
    return frozenset(chosen - steps.union(exclude))


@dataclass
class _Steps:
    """A plan's steps, found by what people call them; what is looked up is made once."""

    plan: Plan
    differences: Callable[[], Differences] | None
    by_id: dict[str, Step] = field(init=False)

    def __post_init__(self) -> None:
        self.by_id = {step.id: step for step in self.plan}

    @cached_property
    def names(self) -> Mapping[str, set[str]]:
        """The steps of each name in the spec; those of an endpoint are what it stands on."""
        found: dict[str, set[str]] = {}
        for step_id in self.by_id:
            for name in step_id.split(".")[1:]:
                found.setdefault(name, set()).add(step_id)
        for endpoint in self.plan.endpoints:
            found.setdefault(endpoint.name, set()).update(self._under(endpoint))
        return found

    @cached_property
    def below(self) -> Mapping[str, tuple[str, ...]]:
        """What each step stands on."""
        return {step.id: (*step.inputs, *step.guards) for step in self.plan}

    @cached_property
    def above(self) -> Mapping[str, list[str]]:
        """What stands on each step."""
        found: dict[str, list[str]] = {step_id: [] for step_id in self.by_id}
        for step_id, inputs in self.below.items():
            for name in inputs:
                found[name].append(step_id)
        return found

    def union(self, patterns: Sequence[str]) -> set[str]:
        words = [word for pattern in patterns for word in pattern.split()]
        if len(words) < len(patterns):
            raise SelectionError("a selection is empty", remedy=_HELP)
        return {step_id for word in words for step_id in self._intersection(word)}

    def _intersection(self, word: str) -> set[str]:
        return set.intersection(*(self._around(part) for part in word.split(",")))

    def _around(self, part: str) -> set[str]:
        found = _ATOM.fullmatch(part)
        if found is None:
            raise SelectionError(f"`{shown(part)}` selects nothing", remedy=_HELP)
        start = self._matching(found["what"])
        chosen = set(start)
        for depth, neighbours in ((found["up"], self.below), (found["down"], self.above)):
            if depth is not None:
                chosen |= _reach(start, neighbours, int(depth) if depth else None)
        return chosen

    def _matching(self, what: str) -> set[str]:
        method, separator, value = what.partition(":")
        if separator:
            return self._by_method(method, value)
        if what in self.by_id:
            return {what}
        jobs = {job.name: set(job.steps) for job in self.plan.jobs}
        named = self.names.get(what) or jobs.get(what)
        if named:
            return set(named)
        known = {**{step_id: {step_id} for step_id in self.by_id}, **self.names}
        return _globbed(what, known) or _unknown("step, node or job", what, [*known, *jobs])

    def _by_method(self, method: str, value: str) -> set[str]:
        groups: dict[str, set[str]] = {}
        match method:
            case "tag":
                for step in self.plan:
                    for tag in step.tags:
                        groups.setdefault(tag, set()).add(step.id)
            case "kind":
                for step in self.plan:
                    groups.setdefault(step.kind, set()).add(step.id)
            case "job":
                groups = {job.name: set(job.steps) for job in self.plan.jobs}
            case "state":
                return self._by_state(value)
            case _:
                _unknown("way to select", method, METHODS)
        found = _globbed(value, groups) if _GLOB.search(value) else groups.get(value)
        return set(found) if found else _unknown(method, value, groups)

    def _by_state(self, value: str) -> set[str]:
        if value not in STATES:
            _unknown("state", value, STATES)
        if self.differences is None:
            raise SelectionError(
                f"`state:{value}` has nothing to compare with",
                remedy="run the plan once, or name what to compare with by --against",
            )
        found = self.differences()
        return set(found.new if value == "new" else found.changed) & self.by_id.keys()

    def _under(self, endpoint: Endpoint) -> set[str]:
        wanted = [f"promote.{endpoint.model}", *(f"materialize.{v.name}" for v in endpoint.views)]
        return {step_id for step_id in wanted if step_id in self.by_id}


def _reach(
    start: Iterable[str], neighbours: Mapping[str, Sequence[str]], depth: int | None
) -> set[str]:
    """All that is at most `depth` steps away (None: however far), in breadth-first order."""
    seen = set(start)
    edge = list(seen)
    while edge and (depth is None or depth > 0):
        edge = list({name for step_id in edge for name in neighbours[step_id]} - seen)
        seen.update(edge)
        depth = None if depth is None else depth - 1
    return seen


def _globbed(pattern: str, groups: Mapping[str, set[str]]) -> set[str]:
    matches = re.compile(translate(pattern)).match
    return {step_id for name, steps in groups.items() if matches(name) for step_id in steps}


def _unknown(what: str, name: str, known: Iterable[str]) -> NoReturn:
    guess = did_you_mean(name, known)
    raise SelectionError(f"there is no {what} `{shown(name)}`", remedy=guess or _HELP)


_HELP = "`onespec plan` lists the steps, `onespec plan --help` the ways to select them"
