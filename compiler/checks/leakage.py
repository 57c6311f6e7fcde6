"""A feature that could see the label, or what is known only after the outcome."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.expressions.ir import Column, columns, walk
from ...specs.scalars import format_duration
from ..availability import Known, column_known, rows_known
from ..graph import Graph, ModelNode, TypedExpression, ViewNode
from ..tables import same_table
from .because import because


def check_leakage(graph: Graph) -> Iterator[Diagnostic]:
    """E402: a path from the label's columns, or from the outcome, to a feature.

    Where a view is said to be known before its own columns are, E408 tells it instead.
    """
    for model in graph.models.values():
        late = label_columns(model)
        for view in model.views:
            yield from _keys(graph, model, view, late)
            if view.kind == "on_demand":
                for what, bound in read_by(model, view):
                    yield from _request(graph, model, what, bound, late)
            elif view.known.after >= view.needed.after and reads_examples(model, view):
                for what, bound in read_by(model, view):
                    yield from _table(graph, model, view, what, bound, late)


def label_columns(model: ModelNode) -> dict[str, Known]:
    """The columns of the examples that must not be seen, each with the instant when it is known.

    They are all that the source declares to be known after the rest of the row, and the columns
    of the label. Of those, some are no secret: the event time, what is declared to be known with
    the row, and, where the label rests on a column that is declared to be late, the others.
    """
    name, section = model.source.name, model.source.section
    with_row = rows_known(name, section).after
    declared = {c: column_known(name, section, c) for c in section.available_after}
    late = {c: known for c, known in declared.items() if known.after > with_row}
    label = columns(model.label.tree)
    if not label & late.keys():
        known_with_row = {section.event_time, *declared}
        late |= {c: model.known for c in sorted(label) if c not in known_with_row}
    return late


def reads_examples(model: ModelNode, view: ViewNode) -> bool:
    """Whether a view reads the rows that are the model's examples, by whatever name."""
    return view.source is not None and same_table(model.source.table, view.source.table)


def read_by(model: ModelNode, view: ViewNode) -> Iterator[tuple[str, TypedExpression]]:
    """What the features that the model takes from a view are made of."""
    used = {feature.field for feature in model.features if feature.view == view.name}
    for field, bound in view.fields.items():
        if field in used:
            yield f"feature `{view.name}.{field}`", bound
    if view.where is not None:
        yield f"view `{view.name}`", view.where


def _first(bound: TypedExpression, late: dict[str, Known]) -> Column | None:
    """The first column of an expression, as it is written, that must not be seen."""
    found = (n for n in walk(bound.tree) if isinstance(n, Column) and n.name in late)
    return min(found, key=lambda column: column.start, default=None)


def _request(
    graph: Graph, model: ModelNode, what: str, bound: TypedExpression, late: dict[str, Known]
) -> Iterator[Diagnostic]:
    column = _first(bound, late)
    if column is None:
        return
    why = "at the time of the request its value is not known"
    hint = f"leave `{column.name}` out of the inputs"
    yield _leak(graph, model, what, bound, column, late, why, hint)


def _table(
    graph: Graph,
    model: ModelNode,
    view: ViewNode,
    what: str,
    bound: TypedExpression,
    late: dict[str, Known],
) -> Iterator[Diagnostic]:
    open_to = {c: known for c, known in late.items() if not _proven(model, view, c, known)}
    column = _first(bound, open_to)
    if column is None:
        return
    assert view.source is not None
    needs = format_duration(late[column.name].after)
    if view.kind == "static":
        why = f"`{view.source.name}` has no event time, so that every row is seen at once"
        hint = f"leave `{column.name}` out, or give source `{view.source.name}` an `event_time`"
    elif not _same_clock(model, view):
        why = (
            f"the event time of `{view.source.name}` is another, and nothing says how long after "
            f"it `{column.name}` is known"
        )
        hint = f"declare `available_after` of `{column.name}` in source `{view.source.name}`"
    elif not late[column.name].after:
        why = "the spec does not say when the label is known"
        hint = f"declare `available_after` of `{column.name}` in source `{model.source.name}`"
    else:
        why = (
            f"the label is known {needs} after the event, and the view "
            f"assumes {format_duration(view.available_after)}"
        )
        hint = f"set `available_after: {needs}` in view `{view.name}`"
        if any(length <= late[column.name].after for _, length in view.windows):
            hint += f", and windows longer than {needs}"
    yield _leak(graph, model, what, bound, column, late, why, hint)


def _proven(model: ModelNode, view: ViewNode, column: str, known: Known) -> bool:
    """A row that is seen only once its outcome is known tells nothing of a later one."""
    if view.kind == "static" or view.source is None:
        return False
    if not _same_clock(model, view):
        declared = view.source.section.available_after
        return view.known != view.needed or column in declared or bool(rows_declared(view))
    return known.after > 0 and view.available_after >= known.after


def rows_declared(view: ViewNode) -> tuple[str | int, ...]:
    """The place that says when the rows of the view's source are known; empty if none does."""
    return rows_known(view.source.name, view.source.section).at if view.source else ()


def _same_clock(model: ModelNode, view: ViewNode) -> bool:
    assert view.source is not None
    return view.source.section.event_time == model.source.section.event_time


def _keys(
    graph: Graph, model: ModelNode, view: ViewNode, late: dict[str, Known]
) -> Iterator[Diagnostic]:
    for key in view.keys:
        if key in late:
            known = late[key]
            yield Diagnostic(
                "E402",
                f"view `{view.name}` can see the label of `{model.name}`: it is found by `{key}`, "
                f"{_told(model, known)}",
                graph.span((*view.at, "entity")),
                hint="use an entity whose key is known when the prediction is asked for",
                related=(
                    Related(
                        "the key is declared here",
                        graph.span(("entities", view.entity or "", "key")),
                    ),
                    *_reason(graph, model, known),
                ),
            )


def _told(model: ModelNode, known: Known) -> str:
    if known is model.known:
        return "which the label is made of"
    return f"which is known only {format_duration(known.after)} after the event"


def _reason(graph: Graph, model: ModelNode, known: Known) -> tuple[Related, ...]:
    if known is model.known:
        label_at = (*model.at, "examples", "label")
        return (Related("the label is declared here", graph.span(label_at)),)
    return because(graph, known)


def _leak(
    graph: Graph,
    model: ModelNode,
    what: str,
    bound: TypedExpression,
    column: Column,
    late: dict[str, Known],
    why: str,
    hint: str,
) -> Diagnostic:
    known = late[column.name]
    reads = f"it reads `{column.name}`, {_told(model, known)}"
    related = because(graph, known)
    if column.name in columns(model.label.tree):
        reads = f"both read `{column.name}`"
        place = graph.span((*model.at, "examples", "label"))
        related = (Related("the label is declared here", place), *related)
    return Diagnostic(
        "E402",
        f"{what} can see the label of `{model.name}`: {reads}; {why}",
        graph.document.span_within(bound.at, column.start, column.end),
        hint=hint,
        related=related,
    )
