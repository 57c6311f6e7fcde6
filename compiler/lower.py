"""Typed nodes in, programs out: the SQL and IR that the runtime executes."""

from dataclasses import replace

from ..specs.expressions.aggregates import split
from ..specs.expressions.ir import Aggregate, Call, Column, Expression, to_json
from ..specs.expressions.lower_duckdb import to_sql
from ..specs.sections.sources import Check
from .binding.sources import value_type
from .graph import SourceNode, TypedExpression, ViewNode
from .plan import (
    AggregateProgram,
    DataCheck,
    FieldProgram,
    Program,
    SourceTable,
    ViewProgram,
    Window,
)
from .plan import Column as PlanColumn


def lower_expression(text: str, tree: Expression) -> Program:
    """Both lowerings of an expression."""
    kind = value_type(tree.type.kind)
    return Program(text, to_sql(tree), to_json(tree), kind, tree.type.nullable)


def lower_typed(expression: TypedExpression | None) -> Program | None:
    """The program of a bound expression, if there is one."""
    return None if expression is None else lower_expression(expression.text, expression.tree)


def narrow(source: SourceNode, used: frozenset[str]) -> SourceTable:
    """The table with only the columns that are used, besides its times: others may change."""
    kept = used | {c for c in (source.table.event_time, source.table.created) if c}
    columns = sorted((c for c in source.table.columns if c.name in kept), key=lambda c: c.name)
    return replace(source.table, columns=tuple(columns))


def lower_view(view: ViewNode) -> ViewProgram:
    """A view as the point-in-time kernel and the request path execute it."""
    if view.source is None:
        return ViewProgram(
            view.name,
            "on_demand",
            view.features,
            tuple(
                FieldProgram(n, lower_expression(f.text, f.tree)) for n, f in view.fields.items()
            ),
            inputs=tuple(
                PlanColumn(c, value_type(t.kind), t.nullable) for c, t in view.inputs.items()
            ),
        )
    lowered = _Lowered()
    fields = tuple(FieldProgram(n, lowered.field(view, f)) for n, f in view.fields.items())
    read = {c for f in view.fields.values() for c in f.columns} | set(view.keys)
    if view.where is not None:
        read |= view.where.columns
    return ViewProgram(
        view.name,
        view.kind,
        view.features,
        fields,
        entity=view.entity,
        keys=key_columns(view),
        source=narrow(view.source, frozenset(read)),
        where=lower_typed(view.where),
        prepare=tuple(lowered.prepared.values()),
        aggregates=tuple(lowered.aggregates.values()),
        windows=tuple(Window(name, length) for name, length in view.windows),
        available_after=view.available_after,
        ttl=view.ttl,
    )


def key_columns(view: ViewNode) -> tuple[PlanColumn, ...]:
    """The entity's key columns, as the view's source has them; none on demand."""
    if view.source is None:
        return ()
    kinds = view.source.columns
    return tuple(PlanColumn(k, value_type(kinds[k].kind), kinds[k].nullable) for k in view.keys)


class _Lowered:
    """Prepared columns and aggregates of one view, each distinct one once."""

    def __init__(self) -> None:
        self.prepared: dict[Expression, tuple[str, Program]] = {}
        self.aggregates: dict[Aggregate, AggregateProgram] = {}

    def field(self, view: ViewNode, field: TypedExpression) -> Program:
        """The field's result, over prepared columns or aggregates."""
        if view.kind != "window":
            name = self._prepare(field.tree, field.text)
            return lower_expression(field.text, Column(name, field.tree.type))
        parts, result = split(field.tree)
        names = {f"_a{i}": self._aggregate(part) for i, part in enumerate(parts)}
        return lower_expression(field.text, _renamed(result, names))

    def _aggregate(self, part: Aggregate) -> str:
        if part not in self.aggregates:
            self.aggregates[part] = AggregateProgram(
                f"_a{len(self.aggregates)}",
                part.function,
                None if part.argument is None else self._prepare(part.argument),
                None if part.where is None else self._prepare(part.where),
            )
        return self.aggregates[part].name

    def _prepare(self, tree: Expression, text: str = "") -> str:
        if tree not in self.prepared:
            program = lower_expression(text or to_sql(tree), tree)
            self.prepared[tree] = (f"_v{len(self.prepared)}", program)
        return self.prepared[tree][0]


def _renamed(tree: Expression, names: dict[str, str]) -> Expression:
    match tree:
        case Column():
            return replace(tree, name=names.get(tree.name, tree.name))
        case Call():
            return replace(tree, arguments=tuple(_renamed(a, names) for a in tree.arguments))
        case _:
            return tree


def lower_checks(checks: tuple[Check, ...]) -> tuple[DataCheck, ...]:
    """One data test for each thing that is tested, in the order of the spec."""
    return tuple(test for check in checks for test in _tests(check))


def _tests(check: Check) -> list[DataCheck]:
    level = check.level
    if check.unique:
        return [DataCheck("unique", tuple(check.unique), level=level)]
    if check.fresh is not None:
        return [DataCheck("fresh", within=check.fresh, level=level)]
    if check.row_count is not None:
        low, high = check.row_count.min, check.row_count.max
        return [DataCheck("row_count", minimum=low, maximum=high, level=level)]
    tests = [DataCheck("not_null", (c,), level=level) for c in check.not_null or ()]
    tests += [
        DataCheck("in_range", (c,), minimum=low, maximum=high, level=level)
        for c, (low, high) in sorted((check.in_range or {}).items())
    ]
    return tests + [
        DataCheck("accepted", (c,), values=tuple(values), level=level)
        for c, values in sorted((check.accepted or {}).items())
    ]
