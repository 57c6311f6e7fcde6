"""What a run would do, without doing it."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Literal

from ..compiler.plan import Plan, Step
from .errors import NotReadError
from .keys import Recipe, find, resolve
from .library import Library, built_in, has_identity
from .reasons import Reason, Reasons, SpecPlace, nowhere, told_in_one_line
from .stores.ledger import StepRecord
from .value import Value
from .workspace import Surroundings

Status = Literal["cached", "runs", "unknown"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """`unknown`: the key depends on what steps before it will do, or the step cannot be looked at;
    `note` says which. `key` is None, too, for a step that surely runs, but reads what no run has
    seen yet. `value` is what a cached step yielded. `fresh`: no value ever had its key."""

    step_id: str
    status: Status
    key: str | None
    reasons: tuple[Reason, ...] = ()
    note: str = ""
    value: Value | None = None
    fresh: bool = False

    @property
    def why(self) -> str:
        """For people."""
        return told_in_one_line(self.reasons) or self.note


def predict(
    plan: Plan,
    here: Surroundings,
    *,
    known: Mapping[str, str] | None = None,
    force: Set[str] = frozenset(),
    library: Library = built_in,
    spec_place: SpecPlace = nowhere,
) -> tuple[Prediction, ...]:
    """One prediction a step, in the plan's order. `known` are keys of steps that need no look;
    `force` are steps that run whatever is cached; `spec_place` tells where the spec says a
    parameter."""
    fortune = _Fortune(here, library, force, Reasons(here, library, spec_place), {})
    for step in plan:
        if known and step.id in known:
            fortune.told[step.id] = Prediction(step.id, "cached", known[step.id])
        else:
            fortune.told[step.id] = fortune.of(step)
    return tuple(fortune.told.values())


@dataclass(frozen=True, slots=True)
class _Fortune:
    here: Surroundings
    library: Library
    force: Set[str]
    reasons: Reasons
    told: dict[str, Prediction]

    def of(self, step: Step) -> Prediction:
        inputs = [self.told[step_id] for step_id in step.inputs]
        unsure = [p.step_id for p in inputs if p.status == "unknown"]
        if unsure:
            return Prediction(step.id, "unknown", None, note=f"depends on {_few(unsure)}")
        if any(p.key is None for p in inputs):
            return self._surely_runs(step)
        keys = {p.step_id: p.key for p in inputs if p.key is not None}
        before = [self.told[i] for i in (*step.inputs, *step.after) if i in self.told]
        busy = [p.step_id for p in before if p.status != "cached"]
        if busy and has_identity(step, self.library):
            if any(p.fresh for p in inputs) or self._last(step) is None:
                return self._surely_runs(step)
            note = f"depends on what {_few(busy)} will do"
            return Prediction(step.id, "unknown", None, note=note)
        try:
            recipe = resolve(step, keys, self.here, self.library)
            value, held = find(step, recipe.key, self.here, self.library)
        except NotReadError as error:
            if self._is_another(step, keys):
                return self._surely_runs(step)
            return Prediction(step.id, "unknown", None, note=str(error))
        except Exception as error:
            # A run would tell; a prediction must not end at the first source that is away.
            told = str(error) or type(error).__name__
            return Prediction(step.id, "unknown", None, note=told)
        return self._resolved(step, recipe, value, held)

    def _resolved(self, step: Step, recipe: Recipe, value: Value | None, held: bool) -> Prediction:
        forced = step.id in self.force
        if value is not None and held and not forced:
            return Prediction(step.id, "cached", recipe.key, value=value)
        reasons = self.reasons.of(step, recipe, value, forced=forced)
        fresh = value is None and all(reason.kind != "lost" for reason in reasons)
        return Prediction(step.id, "runs", recipe.key, reasons, value=value, fresh=fresh)

    def _surely_runs(self, step: Step) -> Prediction:
        """Its key is not known yet, but no value can have it."""
        follows = tuple(i for i in step.inputs if self.told[i].status != "cached")
        reasons = self.reasons.unkeyed(step, follows)
        return Prediction(step.id, "runs", None, reasons, fresh=True)

    def _is_another(self, step: Step, keys: Mapping[str, str]) -> bool:
        """Whether the step is not the one that was last done, whatever data it reads."""
        last = self._last(step)
        if last is None:
            return True
        recipe = last.facts.get("recipe", {})
        return (recipe.get("fingerprint"), recipe.get("inputs")) != (step.fingerprint, dict(keys))

    def _last(self, step: Step) -> StepRecord | None:
        return self.here.ledger.last_step(step.id)


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more
