"""Monitors that cannot see what they are asked to watch."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ..graph import Graph, MonitorNode


def check_watched(graph: Graph) -> Iterator[Diagnostic]:
    """W524 for methods that a feature's type does not have, E526 for labels that are not found."""
    for monitor in graph.monitors.values():
        yield from _methods(graph, monitor)
        if monitor.section.performance is not None:
            yield from _labels(graph, monitor)


def _methods(graph: Graph, monitor: MonitorNode) -> Iterator[Diagnostic]:
    drift = monitor.section.drift
    if drift is None or drift.method != "ks":
        return
    features = {f.reference: f for f in monitor.deployment.model.features}
    for index, reference in enumerate(drift.features):
        feature = features.get(reference)
        if feature is not None and feature.type in ("string", "bool"):
            declared = ("features", feature.view, "fields", feature.field)
            yield Diagnostic(
                "W524",
                f"`{reference}` is a {feature.type}, which has no order: `ks` would compare it by "
                "total variation",
                graph.span((*monitor.at, "drift", "features", index)),
                severity="warning",
                hint="watch it with `psi` or `js`, in a monitor of its own",
                related=(
                    Related("the method is here", graph.span((*monitor.at, "drift", "method"))),
                    Related("the feature is declared here", graph.key_span(declared)),
                ),
            )


def _labels(graph: Graph, monitor: MonitorNode) -> Iterator[Diagnostic]:
    deployment, model = monitor.deployment, monitor.deployment.model
    place = graph.key_span((*monitor.at, "performance"))
    if deployment.source is not None:
        if deployment.source.name != model.source.name:
            yield Diagnostic(
                "E526",
                f"labels of batch `{deployment.name}` are found by row in source "
                f"`{model.source.name}`, the examples, and it scores rows of source "
                f"`{deployment.source.name}`",
                place,
                hint="leave `performance` out, or score the source of the examples",
                related=(
                    Related(
                        "the batch's source is here",
                        graph.span((*deployment.at, "batch", "source")),
                    ),
                    Related(
                        "the examples are declared here",
                        graph.span((*model.at, "examples", "source")),
                    ),
                ),
            )
    elif not any(view.keys for view in model.views):
        yield Diagnostic(
            "E526",
            f"labels of `{deployment.name}` are found by entity key, and no view of model "
            f"`{model.name}` has an entity",
            place,
            hint="leave `performance` out, or add a view with an entity",
            related=(
                Related("the model's features are here", graph.key_span((*model.at, "features"))),
            ),
        )
