"""Two things of one name."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ..graph import DeploymentNode, Graph, ViewNode
from ..plan import MAIN_JOB


def check_names(graph: Graph) -> Iterator[Diagnostic]:
    """E209: features of one view, request columns of one endpoint, or jobs that collide."""
    for view in graph.views.values():
        yield from _features(graph, view)
    for deployment in graph.deployments.values():
        yield from _request(graph, deployment)
    yield from _jobs(graph)


def _features(graph: Graph, view: ViewNode) -> Iterator[Diagnostic]:
    lengths = [length for _, length in view.windows]
    for index, (name, length) in enumerate(view.windows):
        first = lengths.index(length)
        if first != index:
            yield Diagnostic(
                "E209",
                f"window {name} of view `{view.name}` is there twice",
                graph.span((*view.at, "windows", index)),
                related=(
                    Related("the same one is here", graph.span((*view.at, "windows", first))),
                ),
            )
    if len(set(lengths)) < len(lengths):
        return
    seen: dict[str, str] = {}
    for feature in view.features:
        first_field = seen.setdefault(feature.reference, feature.field)
        if first_field != feature.field:
            yield Diagnostic(
                "E209",
                f"two fields of view `{view.name}` become the feature `{feature.reference}`",
                graph.key_span((*view.at, "fields", feature.field)),
                related=(
                    Related(
                        "the other one is here",
                        graph.key_span((*view.at, "fields", first_field)),
                    ),
                ),
            )


def _request(graph: Graph, deployment: DeploymentNode) -> Iterator[Diagnostic]:
    seen: dict[str, tuple[ViewNode, str]] = {}
    for view in deployment.model.views:
        columns = {c: str(t.kind) for c, t in view.inputs.items()}
        if view.source is not None:
            columns = {key: str(view.source.columns[key].kind) for key in view.keys}
        for column, kind in columns.items():
            other, other_kind = seen.setdefault(column, (view, kind))
            if other_kind != kind:
                yield Diagnostic(
                    "E209",
                    f"requests to `{deployment.name}` carry one `{column}`: view "
                    f"`{view.name}` takes it as {kind}, view `{other.name}` as {other_kind}",
                    graph.key_span(view.at),
                    related=(Related(f"`{other.name}` is here", graph.key_span(other.at)),),
                )


def _jobs(graph: Graph) -> Iterator[Diagnostic]:
    """Batches and monitors are jobs, and `onespec run --select NAME` must mean one of them."""
    batches = [name for name, one in graph.spec.deploy.items() if one.batch is not None]
    for at in (*(("deploy", name) for name in batches), *(("monitor", n) for n in graph.monitors)):
        if at[1] == MAIN_JOB:
            message = f"`{MAIN_JOB}` is the job that `onespec run` runs; no other can have its name"
            yield Diagnostic("E209", message, graph.key_span(at))
    for name in batches:
        if name in graph.monitors:
            yield Diagnostic(
                "E209",
                f"the monitor `{name}` and the batch `{name}` are two jobs of one name",
                graph.key_span(("monitor", name)),
                related=(Related("the batch is declared here", graph.key_span(("deploy", name))),),
            )
