"""The key of each step: its fingerprint, the keys of its inputs, and the identity of its data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..compiler.plan import Step
from ..compiler.plan_file import digest, plan_json
from .library import Library, holds, identity
from .stores.ledger import Ledger
from .value import Value
from .workspace import Workspace

KEY_VERSION = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a step's key is made of. `params` is not in the key itself (the fingerprint is):
    it tells later why a key is another one."""

    fingerprint: str
    inputs: Mapping[str, str]
    identity: str | None
    params: str

    @property
    def key(self) -> str:
        return digest(
            {
                "version": KEY_VERSION,
                "fingerprint": self.fingerprint,
                "inputs": list(self.inputs.values()),
                "identity": self.identity,
            }
        )

    def facts(self) -> dict[str, Any]:
        """As JSON, for the ledger."""
        return {
            "fingerprint": self.fingerprint,
            "inputs": dict(self.inputs),
            "identity": self.identity,
            "params": self.params,
        }


def resolve(step: Step, keys: Mapping[str, str], workspace: Workspace, library: Library) -> Recipe:
    """The recipe of a step. `keys` holds at least the keys of its inputs.

    An identity may depend on what earlier steps did, so a key is resolved when they are done.
    """
    inputs = {step_id: keys[step_id] for step_id in step.inputs}
    return Recipe(
        fingerprint=step.fingerprint,
        inputs=inputs,
        identity=identity(step, inputs, workspace, library),
        params=digest(plan_json(step.params)),
    )


def find(step: Step, key: str, workspace: Workspace, library: Library) -> tuple[Value | None, bool]:
    """The step's published value, and whether its effects hold: both, and it need not run."""
    value = workspace.store.find(key)
    if value is None:
        return None, False
    return value, holds(value, step, workspace, library)


def explain(step: Step, recipe: Recipe, found: Value | None, ledger: Ledger) -> str:
    """Why the step has to run, in a few words. `found` is its value, if only its effect is gone."""
    if found is not None:
        return "its effect is gone"
    last = ledger.last_step(step.id)
    if last is None:
        return "first time"
    if last.key == recipe.key:
        return "its value is lost or damaged"
    return "; ".join(_changes(recipe, last.facts.get("recipe", {}))) or "its key changed"


def _changes(recipe: Recipe, before: Mapping[str, Any]) -> list[str]:
    inputs = before.get("inputs", {})
    changed = [name for name, key in recipe.inputs.items() if inputs.get(name) != key]
    removed = [name for name in inputs if name not in recipe.inputs]
    told = []
    if recipe.params != before.get("params"):
        told.append("its parameters changed")
    elif recipe.fingerprint != before.get("fingerprint") and not changed and not removed:
        told.append("its code changed")
    if recipe.identity != before.get("identity"):
        told.append("what it reads changed")
    if changed:
        told.append(f"changed inputs: {', '.join(changed)}")
    if removed:
        told.append(f"inputs gone: {', '.join(removed)}")
    return told
