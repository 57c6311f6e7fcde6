"""What a step's key depends on besides parameters and inputs, one file a kind; nothing heavy.

A file may hold `identity(step, here) -> str` (with `keys` it is given the keys of the inputs),
`holds(value, step, here) -> bool`, which tells whether what the step did outside the artifact
store is still done, and `difference(step, before, after, facts, here) -> str`, which tells people
how one identity became another; `facts` are those of the step's last value.
"""

from importlib import import_module
from types import ModuleType

_MODULES = frozenset(
    {
        "source",
        "check_source",
        "examples",
        "register",
        "gate",
        "promote",
        "materialize",
        "score",
        "monitor",
    }
)


def identity_module(kind: str) -> ModuleType | None:
    """The module for steps of `kind`; None where inputs and parameters are all there is."""
    return import_module(f".{kind}", __package__) if kind in _MODULES else None
