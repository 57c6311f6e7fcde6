"""Spec in, graph out: names resolved, source schemas bound from the lock, expressions typed."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ..specs.diagnostic import Diagnostic
from ..specs.document import Document
from ..specs.parts import SINGULAR
from ..specs.sections.spec import Spec
from .binding.deployments import bind_deployment, bind_monitor
from .binding.models import bind_model
from .binding.report import Report
from .binding.sources import bind_source
from .binding.views import bind_view
from .graph import Graph
from .lock import Lock
from .needed import needed

N = TypeVar("N")


def bind(
    document: Document,
    spec: Spec,
    lock: Lock,
    environment: str | None = None,
    broken: Iterable[tuple[str, str]] = (),
) -> tuple[Graph, tuple[Diagnostic, ...]]:
    """The graph of all that could be bound, and what is wrong with the rest.

    `broken` are parts by section and name that the spec lacks because their shape is wrong: what
    refers to them is left out in silence.
    """
    report = Report(document, spec, lock.document)
    report.unknown |= {f"{SINGULAR[section]}.{name}" for section, name in broken}
    spec = needed(document, spec)
    sources = _each(spec.sources, lambda n, s: bind_source(n, s, lock, report))
    views = _each(spec.features, lambda n, v: bind_view(n, v, spec.entities, sources, report))
    models = _each(spec.models, lambda n, m: bind_model(n, m, sources, views, report))
    deployments = _each(spec.deploy, lambda n, d: bind_deployment(n, d, models, sources, report))
    monitors = _each(spec.monitor, lambda n, m: bind_monitor(n, m, deployments, models, report))
    graph = Graph(
        spec,
        document,
        sources,
        views,
        models,
        deployments,
        monitors,
        environment,
        frozenset(report.unknown),
    )
    return graph, tuple(report.diagnostics)


def _each(sections: Mapping[str, Any], bind_one: Callable[[str, Any], N | None]) -> dict[str, N]:
    bound = {name: bind_one(name, section) for name, section in sections.items()}
    return {name: node for name, node in bound.items() if node is not None}
