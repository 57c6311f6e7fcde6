"""A batch whose source holds what the examples of its model never held."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ..domains import ANYTHING, Domain, domains
from ..graph import DeploymentNode, Graph


def check_wider_batch(graph: Graph) -> Iterator[Diagnostic]:
    """W525: keys and inputs that are null, or out of the examples' categories or range."""
    for batch in graph.deployments.values():
        if batch.source is not None and batch.source.name != batch.model.source.name:
            yield from _columns(graph, batch)


def _columns(graph: Graph, batch: DeploymentNode) -> Iterator[Diagnostic]:
    assert batch.source is not None
    learnt, scored = batch.model.source, batch.source
    before, now = domains(learnt), domains(scored)
    asked = dict.fromkeys(c for view in batch.model.views for c in (*view.keys, *view.inputs))
    for column in asked:
        old, new = learnt.columns.get(column), scored.columns.get(column)
        if old is None or new is None:
            continue
        known, other = before.get(column, ANYTHING), now.get(column, ANYTHING)
        if new.nullable and not old.nullable:
            why = f"is never null in `{learnt.name}`, on which `{batch.model.name}` is trained, and"
            yield _wider(graph, batch, f"`{column}` {why} may be null in `{scored.name}`", ())
        elif _beyond(other, known):
            told = f"`{column}` is {other} in `{scored.name}`, and {known} in `{learnt.name}`, "
            places = (
                Related(f"`{scored.name}` is tested here", graph.key_span(other.at)),
                Related(f"`{learnt.name}` is tested here", graph.key_span(known.at)),
            )
            yield _wider(graph, batch, f"{told}on which `{batch.model.name}` is trained", places)


def _beyond(now: Domain, before: Domain) -> bool:
    """Whether tests of both say that there can be values now which there were not before."""
    if now.accepted is not None and before.accepted is not None:
        return any(before.excludes(value) for value in now.accepted)
    if now.low is None or now.high is None:
        return False
    return before.low is not None and (before.excludes(now.low) or before.excludes(now.high))


def _wider(
    graph: Graph, batch: DeploymentNode, told: str, related: tuple[Related, ...]
) -> Diagnostic:
    examples = Related(
        "the examples are declared here", graph.span((*batch.model.at, "examples", "source"))
    )
    return Diagnostic(
        "W525",
        f"batch `{batch.name}`: {told}",
        graph.span((*batch.at, "batch", "source")),
        severity="warning",
        hint="test both sources alike",
        related=related or (examples,),
    )
