"""What differs between two plans, step by step: all that there is where only plans are known."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Literal

from ..plan import Plan, SourceParams, Step
from .params import Change, changed_params

StepState = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class StepChange:
    """Why a step is another one.

    `own` are differences of its parameters; `inputs` the steps it reads that changed, are new to
    it, or that it reads no more; `code` is True where nothing else explains it: our code for the
    kind has changed.
    """

    step: str
    state: StepState
    own: tuple[Change, ...] = ()
    inputs: tuple[str, ...] = ()
    code: bool = False


def changed_steps(before: Plan, after: Plan) -> Mapping[str, StepChange]:
    """Every step that is added, removed or changed, by id: those of `after` in its order, then
    the removed ones. A step is changed when its fingerprint is, or when it reads another source.
    """
    old = {step.id: step for step in before}
    new = {step.id: step for step in after}
    found: dict[str, StepChange] = {}
    for step in after:
        if step.id not in old:
            found[step.id] = StepChange(step.id, "added")
        elif change := _changed(old[step.id], step, old, new, found):
            found[step.id] = change
    for step in before:
        if step.id not in new:
            found[step.id] = StepChange(step.id, "removed")
    return found


def roots(changes: Mapping[str, StepChange], step_id: str) -> Iterator[tuple[str, Change | None]]:
    """The first causes of a step's change, nearest first: steps that it stands on, itself
    included, whose own parameters differ; None for a step that is new or gone, or whose code is
    another."""
    waiting, seen = [step_id], {step_id}
    for name in waiting:
        change = changes.get(name)
        if change is None:
            continue
        yield from ((name, own) for own in change.own)
        if change.state != "changed" or change.code:
            yield name, None
        fresh = [i for i in change.inputs if i not in seen]
        seen.update(fresh)
        waiting.extend(fresh)


def _changed(
    old: Step,
    new: Step,
    before: Mapping[str, Step],
    after: Mapping[str, Step],
    found: Mapping[str, StepChange],
) -> StepChange | None:
    came, gone = _swapped(old, new, before, after)
    upstream = tuple(i for i in new.inputs if i in came or (i in found and i in old.inputs))
    inputs = (*upstream, *gone)
    if old.fingerprint == new.fingerprint and not inputs:
        return None
    sources = [
        [i.partition(".")[2] for i in part if i.startswith("source.")] for part in (gone, came)
    ]
    own = changed_params(old.params, new.params)
    if any(sources):
        was, now = (", ".join(names) or None for names in sources)
        own += (Change("source", was, now),)
    return StepChange(new.id, "changed", own, inputs, code=not own and not inputs)


def _swapped(
    old: Step, new: Step, before: Mapping[str, Step], after: Mapping[str, Step]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Inputs that only one of the two reads. A source under another name is the same one."""
    were, are = (
        {_path(steps[i]) for i in step.inputs} for step, steps in ((old, before), (new, after))
    )
    came = tuple(i for i in new.inputs if i not in old.inputs and not _known(after[i], were))
    gone = tuple(i for i in old.inputs if i not in new.inputs and not _known(before[i], are))
    return came, gone


def _known(step: Step, paths: Set[str | None]) -> bool:
    path = _path(step)
    return path is not None and path in paths


def _path(step: Step) -> str | None:
    return step.params.source.path if isinstance(step.params, SourceParams) else None
