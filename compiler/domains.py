"""What values a column can have: its type, and what data tests guarantee of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..specs.document import Path
from ..specs.expressions.ir import Aggregate, Column, Expression
from .graph import ModelNode, SourceNode, ViewNode
from .plan import Feature

Category = str | int | bool


@dataclass(frozen=True, slots=True)
class Domain:
    """`accepted` and the inclusive range `low` to `high`; None where nothing is guaranteed.

    The places are those of the data tests that say so.
    """

    accepted: tuple[Category, ...] | None = None
    accepted_at: Path = ()
    low: float | None = None
    high: float | None = None
    range_at: Path = ()

    @property
    def at(self) -> Path:
        """The place of the data test that tells most."""
        return self.accepted_at or self.range_at

    def excludes(self, value: object) -> bool:
        """Whether the data tests rule a value out."""
        if self.accepted is not None and not any(_same(value, known) for known in self.accepted):
            return True
        if self.low is None or self.high is None or not isinstance(value, int | float):
            return False
        return not self.low <= value <= self.high

    def __str__(self) -> str:
        if self.accepted is not None:
            return "{" + ", ".join(map(str, self.accepted)) + "}"
        return f"{self.low:g} to {self.high:g}" if self.low is not None else ""


ANYTHING = Domain()


def domains(source: SourceNode) -> Mapping[str, Domain]:
    """By column, what tests at level `error` guarantee; a run stops where one fails."""
    found: dict[str, Domain] = {}
    for index, check in enumerate(source.checks):
        if check.level != "error":
            continue
        at = (*source.at, "checks", index)
        for column, values in (check.accepted or {}).items():
            known = found.get(column, ANYTHING)
            found[column] = replace(
                known, accepted=tuple(values), accepted_at=(*at, "accepted", column)
            )
        for column, (low, high) in (check.in_range or {}).items():
            known = found.get(column, ANYTHING)
            found[column] = replace(known, low=low, high=high, range_at=(*at, "in_range", column))
    return found


def feature_domain(model: ModelNode, view: ViewNode, feature: Feature) -> Domain:
    """What is guaranteed of a feature: something where a column passes through unchanged.

    The inputs of an on-demand view are columns of the examples.
    """
    passed = passed_column(view.fields[feature.field].tree)
    if passed is None:
        return ANYTHING
    column, averaged = passed
    found = domains(view.source or model.source).get(column, ANYTHING)
    return replace(found, accepted=None, accepted_at=()) if averaged else found


def passed_column(tree: Expression) -> tuple[str, bool] | None:
    """The column whose values an expression yields, and whether they are averaged."""
    match tree:
        case Column():
            return tree.name, False
        case Aggregate(function="min" | "max" | "first" | "last", argument=Column() as column):
            return column.name, False
        case Aggregate(function="avg", argument=Column() as column):
            return column.name, True
    return None


def _same(value: object, known: Category) -> bool:
    """Equal in the language: true is not 1, but 1.0 is."""
    return value == known and isinstance(value, bool) == isinstance(known, bool)
