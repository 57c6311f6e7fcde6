"""Bind `features:`: which columns each view reads, and which features it offers."""

from collections.abc import Iterable, Mapping

from ...specs.document import Path
from ...specs.expressions.aggregates import split
from ...specs.expressions.ir import columns
from ...specs.expressions.problem import ExpressionErrors
from ...specs.sections.entities import Entity
from ...specs.sections.features import FeatureView
from ...specs.types import DataType, Kind
from ..availability import AT_ONCE, Known, all_known
from ..graph import SourceNode, TypedExpression, ViewKind, ViewNode
from ..plan import Feature
from .report import Report
from .sources import require_column, value_type


def bind_view(
    name: str,
    view: FeatureView,
    entities: Mapping[str, Entity],
    sources: Mapping[str, SourceNode],
    report: Report,
) -> ViewNode | None:
    """The view with typed fields; None when something that it needs is missing."""
    at: Path = ("features", name)
    node = (
        _on_demand(name, view, report, at)
        if view.inputs is not None
        else _from_source(name, view, entities, sources, report, at)
    )
    if node is None:
        report.unknown.add(f"feature view.{name}")
    return node


def _on_demand(name: str, view: FeatureView, report: Report, at: Path) -> ViewNode | None:
    inputs = {c: DataType(Kind(t)) for c, t in sorted((view.inputs or {}).items())}
    fields = _fields(name, view, inputs, "the request", (*at, "inputs"), report, windows=False)
    if fields is None:
        return None
    features = _features(name, fields, (), always_nullable=False)
    return ViewNode(
        name, "on_demand", None, (), None, None, fields, features, inputs, (), AT_ONCE, None, at
    )


def _from_source(
    name: str,
    view: FeatureView,
    entities: Mapping[str, Entity],
    sources: Mapping[str, SourceNode],
    report: Report,
    at: Path,
) -> ViewNode | None:
    entity = report.lookup("entity", view.entity or "", entities, (*at, "entity"))
    source = report.lookup("source", view.source or "", sources, (*at, "source"))
    if entity is None or source is None:
        return None
    owner = f"source `{source.name}`"
    found = [
        require_column(source, key, (*at, "entity"), report, f"entity `{view.entity}`")
        for key in entity.key
    ]
    where = None
    if view.where is not None:
        where = bind_condition(view.where, (*at, "where"), source, f"view `{name}`", report)
    kind = _kind(name, view, source, report, at)
    fields = _fields(name, view, source.columns, owner, source.at, report, windows=kind == "window")
    if kind is None or fields is None or not all(found):
        return None
    windows = tuple((_written(report, at, i), w) for i, w in enumerate(view.windows))
    features = _features(name, fields, windows, always_nullable=kind != "window")
    conditions = () if where is None else (where,)
    needed = _needed(source, entity.key, (*fields.values(), *conditions))
    declared = view.available_after
    return ViewNode(
        name,
        kind,
        view.entity,
        tuple(entity.key),
        source,
        where,
        fields,
        features,
        {},
        windows,
        needed if declared is None else Known(declared, (*at, "available_after"), f"view `{name}`"),
        view.ttl,
        at,
        needed,
    )


def _needed(
    source: SourceNode, keys: Iterable[str], expressions: Iterable[TypedExpression]
) -> Known:
    """When the last column is known of all that decide what a row adds to a feature."""
    read = {c for expression in expressions for c in columns(expression.tree)}
    read.update(keys)
    if source.section.event_time is not None:
        read.add(source.section.event_time)
    return all_known(source.name, source.section, read)


def _written(report: Report, at: Path, index: int) -> str:
    """A window bears the name that its author gave it: `24h` is not turned into `1d`."""
    return "".join(str(report.document.value((*at, "windows", index))).split())


def bind_condition(
    text: str, at: Path, source: SourceNode, what: str, report: Report
) -> TypedExpression | None:
    """A `where`: a boolean expression over the rows of a source."""
    bound = report.expression(
        text,
        at,
        source.columns,
        what=what,
        owner=f"source `{source.name}`",
        owner_at=source.at,
    )
    if bound is not None and bound.tree.type.kind is not Kind.BOOL:
        report.error("E207", f"`where` is a {bound.tree.type.kind}; it must be true or false", at)
    return bound


def _kind(
    name: str, view: FeatureView, source: SourceNode, report: Report, at: Path
) -> ViewKind | None:
    timed = source.section.event_time is not None
    for key in ("windows", "ttl", "available_after"):
        if not timed and getattr(view, key):
            report.error(
                "E203",
                f"view `{name}` has `{key}`, and source `{source.name}` has no `event_time`",
                (*at, key),
                related=report.declared(f"source `{source.name}`", source.at),
                on_key=True,
            )
            return None
    if view.windows:
        return "window"
    return "latest" if timed else "static"


def _fields(
    view_name: str,
    view: FeatureView,
    scope: Mapping[str, DataType],
    owner: str,
    owner_at: Path,
    report: Report,
    *,
    windows: bool,
) -> dict[str, TypedExpression] | None:
    fields = {}
    for field, text in sorted(view.fields.items()):  # the order of keys means nothing
        at: Path = ("features", view_name, "fields", field)
        bound = report.expression(
            text,
            at,
            scope,
            what=f"feature `{view_name}.{field}`",
            owner=owner,
            owner_at=owner_at,
            aggregates=windows,
        )
        if bound is None or (windows and not _is_aggregate(bound, view_name, field, report)):
            continue
        if bound.tree.type.kind is Kind.INTERVAL:
            report.error("E207", f"feature `{view_name}.{field}` is an interval, not a value", at)
            continue
        fields[field] = bound
    return fields if len(fields) == len(view.fields) else None


def _is_aggregate(bound: TypedExpression, view: str, field: str, report: Report) -> bool:
    hint = "write an aggregate such as `avg(…)` or `count()`"
    try:
        aggregates, _ = split(bound.tree)
    except ExpressionErrors as errors:
        for problem in errors.problems:
            report.within(
                "E207",
                f"feature `{view}.{field}` has windows: {problem.message}",
                bound.at,
                (problem.start, problem.end),
                hint=hint,
            )
        return False
    if not aggregates:
        report.error(
            "E207", f"feature `{view}.{field}` has windows and no aggregate", bound.at, hint=hint
        )
    return bool(aggregates)


def _features(
    view: str,
    fields: Mapping[str, TypedExpression],
    windows: tuple[tuple[str, int], ...],
    *,
    always_nullable: bool,
) -> tuple[Feature, ...]:
    """One feature a field, or one for each field and window, fields first."""
    found = []
    for field, bound in fields.items():
        kind = value_type(bound.tree.type.kind)
        nullable = always_nullable or bound.tree.type.nullable
        names: list[str | None] = [name for name, _ in windows]
        for window in names or [None]:
            suffix = f"_{window}" if window else ""
            found.append(Feature(f"{view}.{field}{suffix}", kind, nullable, view, field, window))
    return tuple(found)
