"""Whole-graph rules, one file a check: `(Graph) -> Iterator[Diagnostic]`."""

from collections.abc import Callable, Iterator

from ...specs.diagnostic import Diagnostic
from ..graph import Graph
from .cadence import check_cadence
from .gated import check_gated
from .leakage import check_leakage
from .static import check_static
from .unused import check_unused
from .windows import check_windows

CHECKS: tuple[Callable[[Graph], Iterator[Diagnostic]], ...] = (
    check_windows,
    check_leakage,
    check_static,
    check_unused,
    check_gated,
    check_cadence,
)
