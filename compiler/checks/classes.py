"""Labels of multiclass models that hold too few classes, or no classes at all."""

from collections.abc import Iterator, Mapping

from ...specs.diagnostic import Diagnostic, Related
from ...specs.expressions.ir import Call, Column, Expression, Literal
from ...specs.suggest import shown
from ..domains import ANYTHING, Category, Domain, domains
from ..graph import Graph, ModelNode

MOST_CLASSES = 1000
"""More are not told apart: a training fails that finds them."""


def check_classes(graph: Graph) -> Iterator[Diagnostic]:
    """E416: fewer than three classes are possible; E417: the label is a name or a quantity."""
    for model in graph.models.values():
        if model.section.task != "multiclass_classification":
            continue
        tests = domains(model.source)
        unclassed = _no_classes(graph, model, tests)
        if unclassed is not None:
            yield unclassed
        else:
            yield from _few(graph, model, tests)


def _few(graph: Graph, model: ModelNode, tests: Mapping[str, Domain]) -> Iterator[Diagnostic]:
    known = possible_labels(model.label.tree, tests)
    if known is None or len(known) > 2:
        return
    names = [f"'{one}'" if isinstance(one, str) else str(one) for one in sorted(known, key=str)]
    told = " or ".join(shown(name) for name in names) or "null"
    always = "always" if len(known) < 2 else "either"
    binary = len(known) == 2
    yield Diagnostic(
        "E416",
        f"the label of multiclass model `{model.name}` is {always} {told}",
        graph.span(model.label.at),
        hint=f"use `task: binary_classification`, with the label `{_compared(model, names[1])}`"
        if binary
        else "a model that can give one answer only learns nothing",
        related=_tested(graph, model, tests),
    )


def _compared(model: ModelNode, value: str) -> str:
    text = model.label.text
    return f"{text} = {value}" if isinstance(model.label.tree, Column) else f"({text}) = {value}"


def _no_classes(graph: Graph, model: ModelNode, tests: Mapping[str, Domain]) -> Diagnostic | None:
    tree = model.label.tree
    if not isinstance(tree, Column):
        return None
    for index, check in enumerate(model.source.checks):
        if check.unique == [tree.name]:
            at = (*model.source.at, "checks", index, "unique")
            why = "is different in every row, so that each row is a class of its own"
            return _unclassed(graph, model, why, Related("it is `unique` here", graph.span(at)))
    values = _count(tests.get(tree.name, ANYTHING))
    if values is None or values <= MOST_CLASSES:
        return None
    known = tests[tree.name]
    tested = Related(f"`{tree.name}` is tested here", graph.key_span(known.at))
    return _unclassed(graph, model, f"has {values:,} possible values", tested)


def _unclassed(graph: Graph, model: ModelNode, why: str, related: Related) -> Diagnostic:
    return Diagnostic(
        "E417",
        f"the label of multiclass model `{model.name}` {why}",
        graph.span(model.label.at),
        hint="group the values by `case when … end`, or use `task: regression` for a quantity",
        related=(related,),
    )


def possible_labels(tree: Expression, tests: Mapping[str, Domain]) -> frozenset[Category] | None:
    """The values that a label can have, null aside; None where that is not known."""
    match tree:
        case Literal(value=None):
            return frozenset()
        case Literal(value=str() | int() as value):
            return frozenset((value,))
        case Column(name=name):
            return _values(tests.get(name, ANYTHING))
        case Call(function="case", arguments=parts):
            chosen = [*parts[1::2], *(parts[-1:] if len(parts) % 2 else ())]
            found = [possible_labels(part, tests) for part in chosen]
            return None if None in found else frozenset().union(*filter(None, found))
    return None


def _values(known: Domain) -> frozenset[Category] | None:
    if known.accepted is not None:
        return frozenset(known.accepted)
    count = _count(known)
    if count is None or known.low is None or count > MOST_CLASSES:
        return None
    return frozenset(range(_first(known.low), _first(known.low) + count))


def _count(known: Domain) -> int | None:
    """How many values, or whole numbers, data tests allow."""
    if known.accepted is not None:
        return len(known.accepted)
    if known.low is None or known.high is None:
        return None
    return max(0, int(known.high // 1) - _first(known.low) + 1)


def _first(low: float) -> int:
    return -int(-low // 1)


def _tested(graph: Graph, model: ModelNode, tests: Mapping[str, Domain]) -> tuple[Related, ...]:
    found = {name: tests[name] for name in sorted(model.label.columns) if name in tests}
    return tuple(
        Related(f"`{name}` is tested here", graph.key_span(known.at))
        for name, known in found.items()
        if known.at
    )
