"""Why a step runs: what is another than when it was last done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..compiler.canonical import canonical
from ..compiler.changes.params import Change, changed_params
from ..compiler.plan import Step
from ..specs.suggest import shown
from .kept_plans import kept_step
from .keys import Recipe, params_digest
from .library import Library, difference
from .monitoring.wording import count, duration
from .stores.ledger import StepRecord
from .value import Value
from .workspace import Surroundings

# first: never done before. params, code, reads (what it reads that is no input), input, input_gone:
# differ from last time. lost: its value is gone. effect: what it did outside the store is undone.
ReasonKind = Literal[
    "first", "params", "code", "reads", "input", "input_gone", "lost", "effect", "forced", "key"
]

FIRST = "first time"
_ROOTS = 3
_SHOWN = 3
_LONGEST = 40
_DURATIONS = frozenset(
    {
        "ttl",
        "available_after",
        "label_available_after",
        "last",
        "gap",
        "within",
        "window",
        "cooldown",
    }
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One of them. `step_id` is the step whose own change it is, where that is not the step
    itself; `at` the place in the spec that says it."""

    kind: ReasonKind
    text: str
    step_id: str = ""
    at: str = ""


# (step id, path of a parameter) -> `pipeline.yaml:88`, empty where the spec is not at hand.
SpecPlace = Callable[[str, str], str]


def nowhere(step_id: str, param: str) -> str:  # noqa: ARG001
    """For a plan whose spec is not at hand."""
    return ""


def told_in_one_line(reasons: Sequence[Reason]) -> str:
    """For people."""
    return "; ".join(f"{r.text} ({r.at})" if r.at else r.text for r in reasons)


@dataclass(slots=True)
class Reasons:
    """Tells why steps run, asked in the plan's order: what follows from a change further up is
    told as such, once, with the step where it began."""

    here: Surroundings
    library: Library
    spec_place: SpecPlace = nowhere
    _origins: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(
        self, step: Step, recipe: Recipe, found: Value | None, *, forced: bool = False
    ) -> tuple[Reason, ...]:
        """For a step whose recipe is known. `found` is its value, if only its effect is gone."""
        last = self.here.ledger.last_step(step.id)
        told = (Reason("forced", "forced"),) if forced else self._told(step, recipe, found, last)
        return self._note(step, told)

    def unkeyed(self, step: Step, follows: tuple[str, ...]) -> tuple[Reason, ...]:
        """For a step that surely runs, though its key is not known yet: it is new, or stands on
        `follows`."""
        last = self.here.ledger.last_step(step.id)
        if last is None:
            return self._note(step, (Reason("first", FIRST),))
        same = params_digest(step) == last.facts.get("recipe", {}).get("params")
        own = [] if same else self._params(step, last)
        return self._note(step, (*own, *self._followed(follows)))

    def _told(
        self, step: Step, recipe: Recipe, found: Value | None, last: StepRecord | None
    ) -> tuple[Reason, ...]:
        if found is not None:
            return (Reason("effect", "its effect is gone"),)
        if last is None:
            return (Reason("first", FIRST),)
        if last.key == recipe.key:
            return (Reason("lost", "its value is lost or damaged"),)
        changes = self._changes(step, recipe, last)
        return changes or (Reason("key", "its key changed"),)

    def _changes(self, step: Step, recipe: Recipe, last: StepRecord) -> tuple[Reason, ...]:
        before: Mapping[str, Any] = last.facts.get("recipe", {})
        inputs = before.get("inputs", {})
        changed = tuple(name for name, key in recipe.inputs.items() if inputs.get(name) != key)
        removed = [name for name in inputs if name not in recipe.inputs]
        told: list[Reason] = []
        if recipe.params != before.get("params"):
            told += self._params(step, last)
        if recipe.identity != before.get("identity"):
            told.append(Reason("reads", self._difference(step, recipe, before, last)))
        told += self._followed(changed)
        if removed:
            told.append(Reason("input_gone", f"reads {', '.join(removed)} no more"))
        code = before.get("code")
        if code is not None and code != recipe.code:
            told.append(Reason("code", f"our code changed (version {code} → {recipe.code})"))
        elif not told and recipe.fingerprint != before.get("fingerprint"):
            told.append(Reason("code", "our code changed"))
        return tuple(told)

    def _params(self, step: Step, last: StepRecord) -> list[Reason]:
        """Which parameters changed, as far as they change the result."""
        run = self.here.ledger.run(last.run_id)
        before = kept_step(self.here, str(run.facts.get("plan")), step.id) if run else None
        if before is None or before.kind != step.kind:
            return [Reason("params", "its parameters changed", at=self.spec_place(step.id, ""))]
        # Features come last: where they differ, the view has told it already.
        changes = sorted(
            changed_params(before.params, step.params),
            key=lambda change: "features" in change.path.split("."),
        )
        told = [
            Reason("params", _change(change), at=self.spec_place(step.id, change.path))
            for change in changes[:_SHOWN]
        ]
        if len(changes) > _SHOWN:
            more = count(len(changes) - _SHOWN, "parameter")
            told.append(Reason("params", f"and {more} more"))
        return told

    def _difference(
        self, step: Step, recipe: Recipe, before: Mapping[str, Any], last: StepRecord
    ) -> str:
        value = self.here.store.find(last.key) if last.key else None
        facts = value.facts if value is not None else {}
        told = difference(
            step, before.get("identity"), recipe.identity, facts, self.here, self.library
        )
        return told or "what it reads changed"

    def _followed(self, inputs: tuple[str, ...]) -> tuple[Reason, ...]:
        """One reason for all inputs that changed: the steps where the change began."""
        if not inputs:
            return ()
        origins = tuple(dict.fromkeys(o for i in inputs for o in self._origins.get(i, (i,))))
        more = f" and {len(origins) - _ROOTS} more" if len(origins) > _ROOTS else ""
        names = ", ".join(origins[:_ROOTS])
        return (Reason("input", f"follows {names}{more}", origins[0]),)

    def _note(self, step: Step, told: tuple[Reason, ...]) -> tuple[Reason, ...]:
        """Remember where the change of this step began."""
        own = any(reason.kind not in ("input", "forced") for reason in told)
        inputs = [i for i in step.inputs if i in self._origins]
        origins = dict.fromkeys(o for i in inputs for o in self._origins[i])
        self._origins[step.id] = (step.id,) if own else tuple(origins)[: _ROOTS + 1] or (step.id,)
        return told


def _change(change: Change) -> str:
    """`` `estimator.params.max_iter` 120 → 300 ``."""
    name = f"`{shown(change.path)}`"
    if change.before is None:
        return f"{name} is new: {_value(change.path, change.after)}"
    if change.after is None:
        return f"{name} is gone: {_value(change.path, change.before)}"
    return f"{name} {_value(change.path, change.before)} → {_value(change.path, change.after)}"


def _value(path: str, value: object) -> str:
    """As short JSON; durations, which a plan has in microseconds, as people say them."""
    parts = path.split(".")
    if isinstance(value, int) and (parts[-1] in _DURATIONS or "windows" in parts):
        return duration(value)
    return shown(value if isinstance(value, str) else canonical(value), _LONGEST)
