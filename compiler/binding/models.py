"""Bind `models:`: examples, label, features and gates."""

from collections.abc import Mapping

from ...specs.document import Path
from ...specs.estimators import ESTIMATORS, check_params, closest_estimator, estimator
from ...specs.expressions.ir import columns
from ...specs.sections.models import Model
from ...specs.suggest import did_you_mean
from ...specs.types import Kind
from ..availability import Known, all_known
from ..gates import GateSyntaxError, parse_gate
from ..graph import ModelNode, SourceNode, TypedExpression, ViewNode
from ..plan import Feature, Gate
from .report import Report
from .sources import require_column
from .views import bind_condition

_LABELS = {
    "binary_classification": (Kind.BOOL,),
    "multiclass_classification": (Kind.INT, Kind.STRING),
    "regression": (Kind.INT, Kind.FLOAT),
}
_LABEL_HINTS = {
    "binary_classification": "compare it with a threshold, as in `delay > 15`",
    "multiclass_classification": "name the classes, as in "
    "`case when delay > 60 then 'late' when delay > 0 then 'tardy' else 'early' end`",
    "regression": "use a number",
}


def bind_model(
    name: str,
    model: Model,
    sources: Mapping[str, SourceNode],
    views: Mapping[str, ViewNode],
    report: Report,
) -> ModelNode | None:
    """The model with typed label and resolved features; None when something is missing."""
    at: Path = ("models", name)
    source = report.lookup("source", model.examples.source, sources, (*at, "examples", "source"))
    picked = _features(model, views, report, at)
    gates = _gates(model, report, at)
    _estimator(model, report, at)
    label = None
    if source is not None:
        label = _label(name, model, source, report, at)
        if source.section.event_time is None:
            report.error(
                "E203",
                f"examples need an event time, and source `{source.name}` has none",
                (*at, "examples", "source"),
                related=report.declared(f"source `{source.name}`", source.at),
            )
    where = None
    if source is not None and model.examples.where is not None:
        where = bind_condition(
            model.examples.where, (*at, "examples", "where"), source, f"model `{name}`", report
        )
    if source is not None:
        for index, column in enumerate(model.slices):
            require_column(source, column, (*at, "slices", index), report, "a slice")
    if source is None or label is None or picked is None or gates is None:
        report.unknown.add(f"model.{name}")
        return None
    used = tuple(views[name] for name in dict.fromkeys(f.view for f in picked))
    needed = _label_needed(source, label, where)
    declared = model.examples.label_available_after
    label_at = (*at, "examples", "label_available_after")
    known = needed if declared is None else Known(declared, label_at, f"the label of `{name}`")
    node = ModelNode(name, source, where, label, used, picked, gates, model, at, known, needed)
    require_inputs(node.views, source, (*at, "features"), report, "the examples")
    return node


def _label_needed(
    source: SourceNode, label: TypedExpression, where: TypedExpression | None
) -> Known:
    """When the last column is known of those that say what, and whether, an example teaches."""
    read = columns(label.tree) | (frozenset() if where is None else columns(where.tree))
    times = {source.section.event_time} if source.section.event_time else set()
    return all_known(source.name, source.section, read | times)


def require_inputs(
    views: tuple[ViewNode, ...], source: SourceNode, at: Path, report: Report, what: str
) -> None:
    """The rows of `source` must carry the entity keys and request inputs of the views."""
    for view in views:
        for key in view.keys:
            if key not in source.columns:
                report.error(
                    "E204",
                    f"view `{view.name}` is found by `{key}`, which source `{source.name}`, "
                    f"{what}, does not have",
                    at,
                    related=report.declared(f"view `{view.name}`", view.at),
                )
            elif view.source and not _joinable(source, view.source, key):
                report.error(
                    "E207",
                    f"`{key}` is a {source.columns[key].kind} in source `{source.name}` and a "
                    f"{view.source.columns[key].kind} in source `{view.source.name}`",
                    at,
                    related=report.declared(f"view `{view.name}`", view.at),
                )
        for column, wanted in view.inputs.items():
            found = source.columns.get(column)
            if found is None:
                report.error(
                    "E204",
                    f"view `{view.name}` needs the input `{column}`, which source "
                    f"`{source.name}`, {what}, does not have",
                    at,
                    related=report.declared("the input", (*view.at, "inputs", column)),
                )
            elif found.kind != wanted.kind and not (found.numeric and wanted.kind is Kind.FLOAT):
                report.error(
                    "E207",
                    f"view `{view.name}` needs `{column}` as {wanted.kind}; in source "
                    f"`{source.name}` it is a {found.kind}",
                    at,
                    related=report.declared("the input", (*view.at, "inputs", column)),
                )


def _joinable(left: SourceNode, right: SourceNode, key: str) -> bool:
    return left.columns[key].kind == right.columns[key].kind


def _label(
    name: str, model: Model, source: SourceNode, report: Report, at: Path
) -> TypedExpression | None:
    label_at = (*at, "examples", "label")
    label = report.expression(
        model.examples.label,
        label_at,
        source.columns,
        what=f"the label of model `{name}`",
        owner=f"source `{source.name}`",
        owner_at=source.at,
    )
    wanted = _LABELS[model.task]
    if label is not None and label.tree.type.kind not in wanted:
        report.error(
            "E207",
            f"the label of a {model.task} model is {' or '.join(wanted)}; "
            f"this is a {label.tree.type.kind}",
            label_at,
            hint=_LABEL_HINTS[model.task]
            if label.tree.type.kind is not Kind.BOOL
            else "a yes or no is the label of `task: binary_classification`",
        )
    return label


def _features(
    model: Model, views: Mapping[str, ViewNode], report: Report, at: Path
) -> tuple[Feature, ...] | None:
    picked: dict[str, Feature] = {}
    complete = True
    for index, reference in enumerate(model.features):
        place = (*at, "features", index)
        view_name, _, field = reference.partition(".")
        view = report.lookup("feature view", view_name, views, place)
        if view is None:
            complete = False
            continue
        found = [f for f in view.features if not field or _is(f, field)]
        if not found:
            report.error(
                "E205",
                f"view `{view_name}` offers no feature `{field}`",
                place,
                label=did_you_mean(reference, [f.reference for f in view.features]),
                related=report.declared(f"view `{view_name}`", view.at),
            )
            complete = False
        for feature in found:
            if feature.type in ("timestamp", "date"):
                report.error(
                    "E505",
                    f"`{feature.reference}` is a {feature.type}; a model input is a number, "
                    "a string or a bool",
                    place,
                    hint="take what matters from it, as with `hour(…)` or `date_diff(…)`",
                    related=report.declared("it", (*view.at, "fields", feature.field)),
                )
                complete = False
            picked[feature.reference] = feature
    return tuple(picked.values()) if complete else None


def _is(feature: Feature, field: str) -> bool:
    return field in (feature.field, feature.reference.partition(".")[2])


def _gates(model: Model, report: Report, at: Path) -> tuple[Gate, ...] | None:
    gates = []
    for index, text in enumerate(model.gates):
        try:
            gates.append(parse_gate(text, model.task, model.slices))
        except GateSyntaxError as error:
            place = (*at, "gates", index)
            report.diagnostics.append(
                error.diagnostic(report.document.span_within(place, error.start, error.end))
            )
    return tuple(gates) if len(gates) == len(model.gates) else None


def _estimator(model: Model, report: Report, at: Path) -> None:
    place = (*at, "estimator")
    info = estimator(model.estimator.class_)
    if info is None:
        guess = closest_estimator(model.estimator.class_, model.task)
        report.error(
            "E205",
            f"`{model.estimator.class_}` is not in the estimator registry",
            (*place, "class"),
            label=f"did you mean `{guess}`?" if guess else "",
            hint="the registry holds " + ", ".join(ESTIMATORS),
        )
        return
    if model.task not in info.tasks:
        report.error(
            "E202",
            f"`{model.estimator.class_}` cannot do {model.task}",
            (*place, "class"),
            related=report.declared("the task", (*at, "task")),
        )
    for parameter, message, suggestion in check_params(info, model.estimator.params, model.task):
        known = parameter in info.params
        report.error(
            "E202" if known else "E201",
            f"`{model.estimator.class_}`: {message}",
            (*place, "params", parameter),
            label=f"did you mean `{suggestion}`?" if suggestion else "",
            on_key=not known,
        )
