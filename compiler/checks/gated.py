"""A deployed model that no gate guards."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ..graph import Graph


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
                hint="add a gate such as `test.roc_auc >= 0.70`"
                if model.section.task == "binary_classification"
                else "add a gate such as `test.rmse <= 10`",
                related=(
                    Related(f"model `{model.name}` is declared here", graph.key_span(model.at)),
                ),
            )
