"""Features that tell a model nothing, or nothing new, and defaults that are not there."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.expressions.ir import Aggregate, Column, Expression, walk
from ..graph import DeploymentNode, Graph, ViewNode


def check_idle_features(graph: Graph) -> Iterator[Diagnostic]:
    """W514 for constants, W515 for the same feature twice, W518 for a default that is missing."""
    for view in graph.views.values():
        yield from _in_view(graph, view)
    for deployment in graph.deployments.values():
        yield from _defaults(graph, deployment)


def _in_view(graph: Graph, view: ViewNode) -> Iterator[Diagnostic]:
    seen: dict[Expression, str] = {}
    for field, bound in view.fields.items():
        at = (*view.at, "fields", field)
        if not any(isinstance(node, Column | Aggregate) for node in walk(bound.tree)):
            yield Diagnostic(
                "W514",
                f"feature `{view.name}.{field}` is always the same: it reads no column",
                graph.span(at),
                severity="warning",
                hint="remove it: a model learns nothing from it",
            )
            continue
        first = seen.setdefault(bound.tree, field)
        if first != field:
            yield Diagnostic(
                "W515",
                f"feature `{view.name}.{field}` is `{view.name}.{first}` under another name",
                graph.span(at),
                severity="warning",
                hint="remove one of them: a model learns nothing from the second",
                related=(
                    Related("the other one is here", graph.span((*view.at, "fields", first))),
                ),
            )


def _defaults(graph: Graph, deployment: DeploymentNode) -> Iterator[Diagnostic]:
    section = deployment.section
    if section.online is None or section.on_missing != "default":
        return
    looked_up = {view.name for view in deployment.model.views if view.source is not None}
    without = [
        feature.reference
        for feature in deployment.model.features
        if feature.view in looked_up and feature.reference not in section.defaults
    ]
    if without:
        some = ", ".join(f"`{reference}`" for reference in without[:3])
        more = f" and {len(without) - 3} more" if len(without) > 3 else ""
        yield Diagnostic(
            "W518",
            f"`{deployment.name}` has no default for {some}{more}: where they are missing, they "
            "stay null",
            graph.span((*deployment.at, "on_missing")),
            severity="warning",
            hint="add them to `defaults`; `null` is a default, too",
        )
