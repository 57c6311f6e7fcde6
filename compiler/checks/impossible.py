"""Expressions that contradict what the data tests of their source guarantee."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...specs.diagnostic import Diagnostic, Related
from ...specs.expressions.ir import Call, Column, Literal, walk
from ...specs.suggest import did_you_mean, shown
from ..domains import ANYTHING, Domain, domains
from ..graph import Graph, SourceNode, TypedExpression
from ..outcomes import TESTED, comparison, outcomes


@dataclass(frozen=True)
class _Use:
    """An expression and the source whose columns it reads; `rows`: it chooses rows."""

    expression: TypedExpression
    source: SourceNode
    what: str
    rows: bool = False


def check_impossible(graph: Graph) -> Iterator[Diagnostic]:
    """E520, W521 and E522: categories that never occur, comparisons that never hold, no rows."""
    tests = {name: domains(source) for name, source in graph.sources.items()}
    for use in _uses(graph):
        known = tests[use.source.name]
        found = tuple(_comparisons(graph, use, known)) if known else ()
        refused = [one for one in found if one.code == "E520"]
        if use.rows and not refused and True not in outcomes(use.expression.tree, known):
            yield _never(graph, use, known)
        else:
            yield from found


def _uses(graph: Graph) -> Iterator[_Use]:
    """Every expression over the columns of a source; on-demand inputs are those of examples."""
    for view in graph.views.values():
        if view.source is None:
            continue
        if view.where is not None:
            yield _Use(view.where, view.source, f"view `{view.name}`", rows=True)
        for field, bound in view.fields.items():
            yield _Use(bound, view.source, f"feature `{view.name}.{field}`")
    for model in graph.models.values():
        if model.where is not None:
            yield _Use(model.where, model.source, f"model `{model.name}`", rows=True)
        yield _Use(model.label, model.source, f"the label of model `{model.name}`")
        for view in model.views:
            if view.source is None:
                for field, bound in view.fields.items():
                    yield _Use(bound, model.source, f"feature `{view.name}.{field}`")
    for deployment in graph.deployments.values():
        if deployment.where is not None and deployment.source is not None:
            what = f"batch `{deployment.name}`"
            yield _Use(deployment.where, deployment.source, what, rows=True)


def _comparisons(graph: Graph, use: _Use, tests: Mapping[str, Domain]) -> Iterator[Diagnostic]:
    for node in walk(use.expression.tree):
        if not isinstance(node, Call) or (compared := comparison(node)) is None:
            continue
        sign, column, constants = compared
        known = tests.get(column.name, ANYTHING)
        if known.accepted is not None and sign in ("=", "<>", "in"):
            refused = [c for c in constants if _refused(c, column, known)]
            yield from (_category(graph, use, column, c, known) for c in refused)
        elif known.at and True not in outcomes(node, tests):
            yield _decided(graph, use, column, node, known)


def _refused(constant: Literal, column: Column, known: Domain) -> bool:
    return (
        column.type.kind in TESTED and constant.value is not None and known.excludes(constant.value)
    )


def _category(
    graph: Graph, use: _Use, column: Column, constant: Literal, known: Domain
) -> Diagnostic:
    assert known.accepted is not None
    value = constant.value if constant.type.kind not in TESTED[:1] else f"'{constant.value}'"
    return Diagnostic(
        "E520",
        f"{use.what} compares `{column.name}` with {shown(str(value))}, which the data tests of "
        f"source `{use.source.name}` refuse",
        graph.document.span_within(use.expression.at, constant.start, constant.end),
        label=did_you_mean(str(constant.value), map(str, known.accepted)),
        related=_tested(graph, known, f"`{column.name}` is one of {_listed(known)}"),
    )


def _decided(graph: Graph, use: _Use, column: Column, node: Call, known: Domain) -> Diagnostic:
    return Diagnostic(
        "W521",
        f"{use.what}: this never holds, by the data tests of source `{use.source.name}`",
        graph.document.span_within(use.expression.at, node.start, node.end),
        severity="warning",
        related=_tested(graph, known, f"`{column.name}` is {_listed(known)}"),
    )


def _never(graph: Graph, use: _Use, tests: Mapping[str, Domain]) -> Diagnostic:
    related: dict[str, tuple[Related, ...]] = {}
    for node in walk(use.expression.tree):
        if isinstance(node, Column) and node.name not in related:
            known = tests.get(node.name, ANYTHING)
            if known.at:
                told = f"`{node.name}` is {_listed(known)}"
                related[node.name] = _tested(graph, known, told)
            elif not node.type.nullable:
                related[node.name] = (_never_null(graph, use.source, node.name),)
    return Diagnostic(
        "E522",
        f"{use.what}: no row of source `{use.source.name}` can pass this `where`",
        graph.span(use.expression.at),
        related=tuple(place for places in related.values() for place in places),
    )


def _never_null(graph: Graph, source: SourceNode, column: str) -> Related:
    """The data test that says so, or the source, whose lock does."""
    told = f"`{column}` is never null"
    for index, check in enumerate(source.checks):
        if check.level == "error" and column in (check.not_null or ()):
            place = (check.not_null or []).index(column)
            at = (*source.at, "checks", index, "not_null", place)
            return Related(told, graph.span(at))
    return Related(f"{told} in source `{source.name}`", graph.key_span(source.at))


def _tested(graph: Graph, known: Domain, told: str) -> tuple[Related, ...]:
    return (Related(told, graph.key_span(known.at)),)


def _listed(known: Domain) -> str:
    if known.accepted is None:
        return str(known)
    return shown(", ".join(map(str, known.accepted)))
