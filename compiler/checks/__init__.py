"""Whole-graph rules, one file a check: `(Graph) -> Iterator[Diagnostic]`."""

from collections.abc import Callable, Iterator

from ...specs.diagnostic import Diagnostic
from ..graph import Graph
from .availability import check_availability
from .bounds import check_bounds
from .cadence import check_cadence
from .defaults import check_defaults
from .gated import check_gated
from .ignored import check_ignored
from .impossible import check_impossible
from .leakage import check_leakage
from .maturity import check_maturity
from .names import check_names
from .paths import check_paths
from .splits import check_splits
from .static import check_static
from .unused import check_unused
from .watched import check_watched
from .wider_batch import check_wider_batch
from .windows import check_windows

CHECKS: tuple[Callable[[Graph], Iterator[Diagnostic]], ...] = (
    check_paths,
    check_names,
    check_windows,
    check_availability,
    check_leakage,
    check_maturity,
    check_splits,
    check_bounds,
    check_static,
    check_unused,
    check_gated,
    check_cadence,
    check_ignored,
    check_impossible,
    check_defaults,
    check_watched,
    check_wider_batch,
)
