"""Rollouts that nothing or the wrong thing watches over, and shadows that show nothing."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.suggest import did_you_mean
from ..graph import DeploymentNode, Graph

_CHAMPION = "champion"


def check_rollouts(graph: Graph) -> Iterator[Diagnostic]:
    """E418 for rollouts, with E205 for a monitor that there is not, and E419 for shadows."""
    first: dict[str, DeploymentNode] = {}
    for node in graph.deployments.values():
        if node.section.rollout is not None:
            yield from _watched(graph, node, node.section.rollout.watch)
            other = first.setdefault(node.model.name, node)
            if other is not node:
                yield _twice(graph, node, other)
        if node.section.shadow is not None:
            yield from _shadow(graph, node, node.section.shadow)


def _watched(graph: Graph, node: DeploymentNode, watch: str | None) -> Iterator[Diagnostic]:
    if watch is None or f"monitor.{watch}" in graph.unknown:
        return
    place = graph.span((*node.at, "rollout", "watch"))
    monitors = [m.name for m in graph.monitors.values() if m.deployment.name == node.name]
    if watch in monitors:
        return
    if watch in graph.monitors:
        monitor = graph.monitors[watch]
        names = ", ".join(f"`{name}`" for name in monitors)
        yield Diagnostic(
            "E418",
            f"monitor `{watch}` watches `{monitor.deployment.name}`, and says nothing of "
            f"`{node.name}`, which is rolled out",
            place,
            hint=f"monitors of `{node.name}` are: {names}"
            if monitors
            else f"add a monitor with `watch: {node.name}`",
            related=(
                Related(
                    f"`{watch}` watches `{monitor.deployment.name}` here",
                    graph.span((*monitor.at, "watch")),
                ),
            ),
        )
    elif watch not in graph.spec.monitor:
        known = list(graph.spec.monitor)
        yield Diagnostic(
            "E205",
            f"there is no monitor `{watch}`",
            place,
            label=did_you_mean(watch, known),
            hint=f"declared are: {', '.join(known)}" if known else "no monitor is declared",
        )


def _twice(graph: Graph, node: DeploymentNode, other: DeploymentNode) -> Diagnostic:
    model = node.model.name
    return Diagnostic(
        "E418",
        f"`{node.name}` and `{other.name}` both roll out `{model}`: at the end of a rollout the "
        "version is the champion, and a model has one",
        graph.key_span((*node.at, "rollout")),
        hint=f"leave it out: `{node.name}` takes up each champion that `{other.name}` has rolled "
        "out",
        related=(Related("the other rollout is here", graph.key_span((*other.at, "rollout"))),),
    )


def _shadow(graph: Graph, node: DeploymentNode, alias: str) -> Iterator[Diagnostic]:
    if alias == _CHAMPION:
        yield Diagnostic(
            "E419",
            f"the shadow of `{node.name}` is its champion, which answers: it would score "
            "everything twice",
            graph.span((*node.at, "shadow")),
            hint="name another alias, such as `challenger`",
        )
    if node.section.log.sample == 0:
        yield Diagnostic(
            "E419",
            f"nobody sees what the shadow of `{node.name}` says: it never answers, and nothing "
            "is logged",
            graph.key_span((*node.at, "shadow")),
            hint="log a share of the requests, such as `sample: 10%`",
            related=(
                Related("`sample` is declared here", graph.key_span((*node.at, "log", "sample"))),
            ),
        )
