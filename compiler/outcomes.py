"""What a condition can say, given types and data tests: true, false, null, or some of these."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product

from ..specs.expressions.ir import Call, Column, Expression, Literal
from ..specs.types import DataType, Kind
from .domains import ANYTHING, Domain

Outcome = bool | None
Outcomes = frozenset[Outcome]

TESTED = (Kind.STRING, Kind.BOOL, Kind.INT, Kind.FLOAT)
"""The kinds of column that data tests speak of."""

_ANY: Outcomes = frozenset((True, False, None))
_KNOWN: Outcomes = frozenset((True, False))
COMPARISONS = frozenset(("=", "<>", "<", "<=", ">", ">=", "in", "between"))
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}


def outcomes(tree: Expression, tests: Mapping[str, Domain]) -> Outcomes:
    """Everything that a boolean expression can be. What is left out is impossible; columns are
    taken to be independent, so that not all that is impossible is left out."""
    match tree:
        case Literal(value=bool() | None as value):
            return frozenset((value,))
        case Call(function="and", arguments=parts):
            return _combined(parts, tests, _and)
        case Call(function="or", arguments=parts):
            return _combined(parts, tests, _or)
        case Call(function="not", arguments=(inner,)):
            return frozenset(v if v is None else not v for v in outcomes(inner, tests))
        case Call(function="is_null", arguments=(Column(type=DataType(nullable=False)),)):
            return frozenset((False,))
        case Call():
            compared = comparison(tree)
            if compared is not None:
                return _compared(*compared, tests)
    return _ANY if tree.type.nullable else _KNOWN


def comparison(tree: Call) -> tuple[str, Column, tuple[Literal, ...]] | None:
    """Operator, column and constants of a comparison of one column, the column on the left."""
    if tree.function not in COMPARISONS:
        return None
    match tree.function, tuple(map(_bare, tree.arguments)):
        case ("=" | "<>" | "<" | "<=" | ">" | ">=" as sign, (Column() as column, Literal() as one)):
            return sign, column, (one,)
        case ("=" | "<>" | "<" | "<=" | ">" | ">=" as sign, (Literal() as one, Column() as column)):
            return _FLIPPED[sign], column, (one,)
        case ("in" | "between" as word, (Column() as column, *rest)):
            constants = tuple(part for part in rest if isinstance(part, Literal))
            return (word, column, constants) if len(constants) == len(rest) else None
    return None


def _bare(tree: Expression) -> Expression:
    """Without the conversion of an int that is compared with a float."""
    match tree:
        case Call(function="cast", arguments=(Column(type=DataType(kind=Kind.INT)) as column,)):
            return column if tree.type.kind is Kind.FLOAT else tree
    return tree


def _compared(
    sign: str, column: Column, constants: tuple[Literal, ...], tests: Mapping[str, Domain]
) -> Outcomes:
    null: Outcomes = frozenset((None,)) if column.type.nullable else frozenset()
    values = tuple(constant.value for constant in constants)
    known = tests.get(column.name, ANYTHING)
    if None in values or column.type.kind not in TESTED:
        return _ANY
    if known.accepted is not None:
        return null | frozenset(_holds(sign, one, values) for one in known.accepted)
    if known.low is None or known.high is None or not column.type.numeric:
        return null | _KNOWN
    return null | frozenset(_in_range(sign, values, known.low, known.high))


def _holds(sign: str, value: object, constants: tuple[object, ...]) -> bool:
    if sign in ("=", "in"):
        return value in constants
    if sign == "<>":
        return value not in constants
    try:
        return _ORDERS[sign](value, constants)
    except TypeError:  # a data test of another type than its column: it has a finding of its own
        return True


_ORDERS: Mapping[str, Callable[..., bool]] = {
    "<": lambda v, c: v < c[0],
    "<=": lambda v, c: v <= c[0],
    ">": lambda v, c: v > c[0],
    ">=": lambda v, c: v >= c[0],
    "between": lambda v, c: c[0] <= v <= c[1],
}


def _in_range(sign: str, values: tuple[object, ...], low: float, high: float) -> Iterator[bool]:
    """Which answers occur for some number of the range; the range is one of real numbers."""
    numbers = [v for v in values if isinstance(v, int | float)]
    if sign in ("=", "<>", "in"):
        inside = any(low <= number <= high for number in numbers)
        yield inside == (sign != "<>")
        if inside and low < high:
            yield sign == "<>"
        return
    ends = {_holds(sign, low, values), _holds(sign, high, values)}
    if sign == "between":
        touches = numbers[0] <= high and numbers[1] >= low and numbers[0] <= numbers[1]
        ends |= {True} if touches else set()
    yield from ends


def _combined(
    parts: tuple[Expression, ...],
    tests: Mapping[str, Domain],
    join: Callable[[Outcome, Outcome], Outcome],
) -> Outcomes:
    found, *rest = (outcomes(part, tests) for part in parts)
    for one in rest:
        found = frozenset(join(a, b) for a, b in product(found, one))
    return found


def _and(a: Outcome, b: Outcome) -> Outcome:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _or(a: Outcome, b: Outcome) -> Outcome:
    if a is True or b is True:
        return True
    return None if a is None or b is None else False
