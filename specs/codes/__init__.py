"""All codes that diagnostics bear. A new one is a `Code(…)` in the file of its hundred."""

from collections.abc import Mapping
from textwrap import fill
from types import MappingProxyType

from ..render.visible import visible
from ..suggest import did_you_mean, shown
from .code import Code
from .contracts import CODES as _CONTRACTS
from .data_paths import CODES as _DATA_PATHS
from .graph import CODES as _GRAPH
from .labels import CODES as _LABELS
from .locking import CODES as _LOCKING
from .names import CODES as _NAMES
from .reading import CODES as _READING
from .rollouts import CODES as _ROLLOUTS
from .stores import CODES as _STORES
from .targets import CODES as _TARGETS
from .timing import CODES as _TIMING

_ALL = (
    *_READING,
    *_NAMES,
    *_STORES,
    *_LOCKING,
    *_TIMING,
    *_LABELS,
    *_ROLLOUTS,
    *_GRAPH,
    *_CONTRACTS,
    *_TARGETS,
    *_DATA_PATHS,
)

CODES: Mapping[str, Code] = MappingProxyType({one.code: one for one in _ALL})
RETIRED = frozenset({"E303"})
"""Codes that are raised no more. What was said of them stays true of them only."""

assert len(CODES) == len(_ALL), "a code is never reused"


def explain(code: str) -> str:
    """The story of a code, with a wrong and a right example; ValueError for an unknown code."""
    found = CODES.get(code.strip().upper())
    if found is None:
        label = did_you_mean(code.strip().upper(), CODES)
        raise ValueError(f"there is no code `{shown(code)}`" + (f"; {label}" if label else ""))
    return (
        f"{found.code}: {found.title}\n\n{fill(found.story, 88)}\n\n"
        f"Wrong:\n\n{_indented(found.wrong)}\n\nRight:\n\n{_indented(found.right)}\n"
    )


def _indented(example: str) -> str:
    return "\n".join(f"    {visible(line)}".rstrip() for line in example.strip("\n").split("\n"))
