"""A deployed model that no gate guards."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ..graph import Graph

_EXAMPLES = {
    "binary_classification": "test.roc_auc >= 0.70",
    "multiclass_classification": "test.f1_macro >= 0.80",
    "regression": "test.rmse <= 10",
}


def check_gated(graph: Graph) -> Iterator[Diagnostic]:
    """W506: every version of the model would be promoted, however bad."""
    for deployment in graph.deployments.values():
        model = deployment.model
        if not model.gates:
            yield Diagnostic(
                "W506",
                f"`{deployment.name}` deploys model `{model.name}`, which has no gates",
                graph.key_span(deployment.at),
                severity="warning",
                hint=f"add a gate such as `{_EXAMPLES[model.section.task]}`",
                related=(
                    Related(f"model `{model.name}` is declared here", graph.key_span(model.at)),
                ),
            )
