"""Defaults that a feature never has."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ..domains import feature_domain
from ..graph import Graph


def check_defaults(graph: Graph) -> Iterator[Diagnostic]:
    """E523: a default outside the categories or the range that data tests guarantee."""
    for deployment in graph.deployments.values():
        if not deployment.section.defaults:
            continue
        views = {view.name: view for view in deployment.model.views}
        for feature in deployment.model.features:
            value = deployment.section.defaults.get(feature.reference)
            if value is None:
                continue
            known = feature_domain(deployment.model, views[feature.view], feature)
            if known.at and known.excludes(value):
                yield Diagnostic(
                    "E523",
                    f"the default of `{feature.reference}` is a value that it never has",
                    graph.span((*deployment.at, "defaults", feature.reference)),
                    related=(
                        Related(
                            f"by the data tests it is {known}, declared", graph.key_span(known.at)
                        ),
                        Related(
                            "the feature is declared here",
                            graph.key_span(("features", feature.view, "fields", feature.field)),
                        ),
                    ),
                )
