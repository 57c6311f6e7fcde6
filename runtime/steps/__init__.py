"""What each step kind does, one file a kind.

A file holds `run(step, inputs, workspace) -> Yield`. Where a step reads something that is not an
input of its own, or acts outside the artifact store, a file of the same name in
`runtime/identities` says what its key and its effect depend on, without importing anything heavy.
"""

from importlib import import_module
from types import ModuleType

# kind -> module; imported when a step of the kind runs, so that a light run stays light.
STEP_KINDS = {
    "source": "source",
    "check_source": "check_source",
    "examples": "examples",
    "features": "features",
    "training_set": "training_set",
    "train": "train",
    "evaluate": "evaluate",
    "profile": "profile",
    "probe": "probe",
    "register": "register",
    "gate": "gate",
    "promote": "promote",
    "materialize": "materialize",
    "score": "score",
    "monitor": "monitor",
}


def step_module(kind: str) -> ModuleType:
    """The module that runs steps of `kind`."""
    return import_module(f".{STEP_KINDS[kind]}", __package__)
