"""A column of another table that bears the name of one of the label's."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.expressions.ir import Column, columns, walk
from ..graph import Graph, ModelNode, TypedExpression, ViewNode
from .leakage import label_columns, read_by, reads_examples


def check_lookalikes(graph: Graph) -> Iterator[Diagnostic]:
    """W407: it may hold the outcome, and nothing says when it is known."""
    for model in graph.models.values():
        secret = label_columns(model).keys() & columns(model.label.tree)
        for view in model.views:
            if view.source is not None and not reads_examples(model, view) and _open(model, view):
                for what, bound in read_by(model, view):
                    yield from _alike(graph, model, view, what, bound, secret)


def _open(model: ModelNode, view: ViewNode) -> bool:
    """Whether neither the view nor its source says that rows come so late as the label."""
    assert view.source is not None
    written = view.known != view.needed
    return view.kind == "static" or not (written or view.known.after >= model.known.after > 0)


def _alike(
    graph: Graph,
    model: ModelNode,
    view: ViewNode,
    what: str,
    bound: TypedExpression,
    secret: set[str],
) -> Iterator[Diagnostic]:
    assert view.source is not None
    said = view.source.section.available_after
    for node in walk(bound.tree):
        if isinstance(node, Column) and node.name in secret and node.name not in said:
            yield Diagnostic(
                "W407",
                f"{what} reads `{node.name}` of `{view.source.name}`, and the label of "
                f"`{model.name}` is made of a column of that name: if it is the same thing, the "
                "feature sees the outcome",
                graph.document.span_within(bound.at, node.start, node.end),
                severity="warning",
                hint=f"say when it is known, with `available_after` of `{node.name}` in source "
                f"`{view.source.name}`"
                if view.kind != "static"
                else f"leave it out, or give source `{view.source.name}` an `event_time`",
                related=(
                    Related(
                        "the label is declared here",
                        graph.span((*model.at, "examples", "label")),
                    ),
                ),
            )
            return
