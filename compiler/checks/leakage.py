"""A feature that could see the label."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.expressions.ir import columns
from ...specs.scalars import format_duration
from ..graph import Graph, ModelNode, ViewNode


def check_leakage(graph: Graph) -> Iterator[Diagnostic]:
    """E402: a feature reads a column of the label, and no availability proves it harmless."""
    for model in graph.models.values():
        label = columns(model.label.tree)
        used = {(f.view, f.field) for f in model.features}
        for view in model.views:
            for field, bound in view.fields.items():
                shared = sorted(columns(bound.tree) & label)
                if shared and (view.name, field) in used and not _proven(model, view):
                    yield _leak(graph, model, view, field, shared[0])


def _proven(model: ModelNode, view: ViewNode) -> bool:
    """Other sources' columns are other columns; the same source must be late enough."""
    if view.kind == "on_demand":
        return False
    if view.source is None or view.source.name != model.source.name:
        return True
    known_after = model.section.examples.label_available_after
    timed = view.kind in ("latest", "window")
    return timed and known_after > 0 and view.available_after >= known_after


def _leak(graph: Graph, model: ModelNode, view: ViewNode, field: str, column: str) -> Diagnostic:
    label_at = (*model.at, "examples", "label")
    known_after = model.section.examples.label_available_after
    if view.kind == "on_demand":
        why = "at the time of the request its value is not known"
        hint = f"leave `{column}` out of the inputs"
    elif not known_after:
        why = "the spec does not say when the label is known"
        hint = "declare `label_available_after`, and an `available_after` at least as long"
    else:
        why = (
            f"the label is known {format_duration(known_after)} after the event, and the view "
            f"assumes {format_duration(view.available_after)}"
        )
        hint = f"set `available_after: {format_duration(known_after)}` in view `{view.name}`"
    return Diagnostic(
        "E402",
        f"feature `{view.name}.{field}` can see the label of `{model.name}`: both read "
        f"`{column}`; {why}",
        graph.span((*view.at, "fields", field)),
        hint=hint,
        related=(Related("the label is declared here", graph.span(label_at)),),
    )
