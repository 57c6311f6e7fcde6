"""Whether ways came to the same: steps, order, keys and outputs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...compiler.plan import MAIN_JOB, Plan, Step
from .perform import Performance, Seen

_CLOCKED = "serving."
"""Gates of this begin compare what a clock measured."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A step that a way did otherwise than the first one; `what` is of `report.WHAT`."""

    way: str
    what: str
    step_id: str
    told: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`outputs` are the hashes by step of what the first way made; a step that measures time has
    none, since no two runs agree on it."""

    first: Performance
    others: tuple[Performance, ...]
    outputs: Mapping[str, str]
    differences: tuple[Difference, ...]

    @property
    def measured(self) -> tuple[str, ...]:
        return tuple(i for i in self.first.steps if i not in self.outputs)

    def of(self, way: str, what: str) -> tuple[Difference, ...]:
        return tuple(d for d in self.differences if (d.way, d.what) == (way, what))


def compare(plan: Plan, performances: Sequence[Performance]) -> Comparison:
    """Hold each performance against the first, and its order against the plan."""
    first, *others = performances
    found: list[Difference] = []
    for one in performances:
        found += _disorder(plan, one)
    for other in others:
        found += _differences(plan, first, other)
    outputs = {i: _digest(plan.step(i), seen) for i, seen in first.steps.items()}
    told = {i: digest for i, digest in outputs.items() if digest is not None}
    return Comparison(first, tuple(others), told, tuple(found))


def _disorder(plan: Plan, one: Performance) -> list[Difference]:
    """No step may be done before what it reads, what guards it, or what it comes after."""
    done = {step_id: seen.done for step_id, seen in one.steps.items()}
    return [
        Difference(one.way.name, "order", i, f"was done before {before}, which it needs")
        for i in done
        for before in (*plan.step(i).inputs, *plan.step(i).guards, *plan.step(i).after)
        if before in done and done[before] > done[i]
    ]


def _differences(plan: Plan, first: Performance, other: Performance) -> list[Difference]:
    name, found = other.way.name, []
    for step_id in plan.job(MAIN_JOB).steps:
        one, two = first.steps.get(step_id), other.steps.get(step_id)
        if one is None and two is None:
            continue
        if one is None or two is None:
            done, left = (name, first.way.name) if one is None else (first.way.name, name)
            found.append(Difference(name, "steps", step_id, f"done by {done}, not by {left}"))
        elif one.key != two.key:
            told = f"{one.key[:12]} by {first.way.name}, {two.key[:12]} here"
            found.append(Difference(name, "keys", step_id, told))
        elif _digest(plan.step(step_id), one) != _digest(plan.step(step_id), two):
            told = f"not the bytes that {first.way.name} published"
            found.append(Difference(name, "outputs", step_id, told))
    return found


def _digest(step: Step, seen: Seen) -> str | None:
    """The hash of all that a step published; None for what is measured by a clock."""
    facts: dict[str, Any] = dict(seen.value.facts)
    files = {name: blob.sha256 for name, blob in seen.value.files.items()}
    if step.kind == "probe":
        return None
    gates = facts.get("gates", ())
    if step.kind == "gate" and any(gate["text"].startswith(_CLOCKED) for gate in gates):
        facts["gates"] = [gate for gate in gates if not gate["text"].startswith(_CLOCKED)]
        files = {}
    text = json.dumps([files, facts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
