"""Graph to graph, one file a pass; `PASSES` is the order in which they are applied."""

from collections.abc import Callable

from ..graph import Graph
from .prune import prune

PASSES: tuple[Callable[[Graph], Graph], ...] = (prune,)
