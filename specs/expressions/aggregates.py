"""Expression of many rows to its aggregates and what is computed from their results."""

from .ir import Aggregate, Call, Column, Expression, Literal
from .problem import ExpressionErrors, Problem

PREFIX = "_a"
"""Results of aggregates are the columns `_a0`, `_a1`, …"""


def split(expr: Expression) -> tuple[tuple[Aggregate, ...], Expression]:
    """The distinct aggregates in order of appearance, and a scalar expression over their results.

    Raises ExpressionErrors where a column stands outside of every aggregate.
    """
    found: dict[Aggregate, int] = {}
    problems: list[Problem] = []
    scalar = _scalar(expr, found, problems)
    if problems:
        raise ExpressionErrors(problems)
    return tuple(found), scalar


def _scalar(expr: Expression, found: dict[Aggregate, int], problems: list[Problem]) -> Expression:
    match expr:
        case Literal():
            return expr
        case Column():
            message = f"the column `{expr.name}` has a value per row; it needs an aggregate"
            problems.append(Problem("not_allowed", message, expr.start, expr.end))
            return expr
        case Call():
            arguments = tuple(_scalar(a, found, problems) for a in expr.arguments)
            return Call(expr.function, arguments, expr.type, expr.start, expr.end)
        case Aggregate():
            number = found.setdefault(expr, len(found))
            return Column(f"{PREFIX}{number}", expr.type, expr.start, expr.end)
