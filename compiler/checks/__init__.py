"""Whole-graph rules, one file a check: `(Graph) -> Iterator[Diagnostic]`."""

from collections.abc import Callable, Iterator

from ...specs.diagnostic import Diagnostic
from ..graph import Graph
from .alerts import check_alerts
from .availability import check_availability
from .bounds import check_bounds
from .cadence import check_cadence
from .classes import check_classes
from .data_tests import check_data_tests
from .defaults import check_defaults
from .gated import check_gated
from .gates import check_gates
from .idle_features import check_idle_features
from .idle_gpus import check_idle_gpus
from .ignored import check_ignored
from .images import check_images
from .impossible import check_impossible
from .leakage import check_leakage
from .lookalikes import check_lookalikes
from .maturity import check_maturity
from .names import check_names
from .paths import check_paths
from .retention import check_retention
from .retraining import check_retraining
from .rhythms import check_rhythms
from .rollouts import check_rollouts
from .splits import check_splits
from .static import check_static
from .stores import check_stores
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
    check_lookalikes,
    check_maturity,
    check_splits,
    check_classes,
    check_retention,
    check_rhythms,
    check_data_tests,
    check_bounds,
    check_gates,
    check_images,
    check_alerts,
    check_retraining,
    check_rollouts,
    check_static,
    check_idle_features,
    check_idle_gpus,
    check_unused,
    check_gated,
    check_cadence,
    check_ignored,
    check_impossible,
    check_defaults,
    check_watched,
    check_wider_batch,
    check_stores,
)
