"""The key of each step: its fingerprint, the keys of its inputs, and the identity of its data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..compiler.canonical import digest
from ..compiler.plan import Step
from ..compiler.plan_writer import plan_json
from ..compiler.step_versions import STEP_VERSIONS
from .library import Library, holds, identity
from .value import Value
from .workspace import Surroundings

KEY_VERSION = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a step's key is made of. `params` and `code`, the version of our code for the kind,
    are not in the key itself (the fingerprint is): they tell later why a key is another one."""

    fingerprint: str
    inputs: Mapping[str, str]
    identity: str | None
    params: str
    code: int | None = None

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
            "code": self.code,
        }


def resolve(step: Step, keys: Mapping[str, str], here: Surroundings, library: Library) -> Recipe:
    """The recipe of a step. `keys` holds at least the keys of its inputs.

    An identity may depend on what earlier steps did, so a key is resolved when they are done.
    """
    inputs = {step_id: keys[step_id] for step_id in step.inputs}
    return Recipe(
        fingerprint=step.fingerprint,
        inputs=inputs,
        identity=identity(step, inputs, here, library),
        params=params_digest(step),
        code=STEP_VERSIONS.get(step.kind),
    )


def params_digest(step: Step) -> str:
    """A hash of the parameters as they stand in the plan."""
    return digest(plan_json(step.params))


def find(step: Step, key: str, here: Surroundings, library: Library) -> tuple[Value | None, bool]:
    """The step's published value, and whether its effects hold: both, and it need not run."""
    value = here.store.find(key)
    if value is None:
        return None, False
    return value, holds(value, step, here, library)
