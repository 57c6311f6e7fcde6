"""The typed tree of an expression: literals, columns, calls and aggregates, as frozen values."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, assert_never

from ..types import DataType, Kind
from .functions import AGGREGATES, FUNCTIONS

Scalar = bool | int | float | str | datetime | date | None


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; an interval is its number of microseconds, a timestamp is aware and in UTC."""

    value: Scalar
    type: DataType
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the scope, by its exact name."""

    name: str
    type: DataType
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function by its canonical name (a key of `functions.FUNCTIONS`).

    `case` holds condition, value, condition, value, …, and the value of `else` where there is one.
    """

    function: str
    arguments: "tuple[Expression, ...]"
    type: DataType
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function of many rows (a key of `functions.AGGREGATES`); `where` chooses the rows."""

    function: str
    argument: "Expression | None"
    where: "Expression | None"
    type: DataType
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


Expression = Literal | Column | Call | Aggregate


def children(expr: Expression) -> tuple[Expression, ...]:
    """The nodes directly below, in order."""
    match expr:
        case Literal() | Column():
            return ()
        case Call():
            return expr.arguments
        case Aggregate():
            return tuple(e for e in (expr.argument, expr.where) if e is not None)
        case _:
            assert_never(expr)


def walk(expr: Expression) -> Iterator[Expression]:
    """The node and everything below it, parents first."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def columns(expr: Expression) -> frozenset[str]:
    """The names of all columns that the expression reads."""
    found: set[str] = set()
    _collect(expr, found)
    return frozenset(found)


def _collect(expr: Expression, found: set[str]) -> None:
    # The compiler asks this of every expression, several times: no generator, no lists.
    if isinstance(expr, Column):
        found.add(expr.name)
    elif isinstance(expr, Call):
        for argument in expr.arguments:
            _collect(argument, found)
    elif isinstance(expr, Aggregate):
        for part in (expr.argument, expr.where):
            if part is not None:
                _collect(part, found)


def to_json(expr: Expression) -> list[Any]:
    """A compact list for the plan; positions are left out, so equal expressions give equal text."""
    kind = str(expr.type)
    match expr:
        case Literal():
            return ["literal", kind, _value_to_json(expr.value)]
        case Column():
            return ["column", kind, expr.name]
        case Call():
            return ["call", kind, expr.function, *(to_json(e) for e in expr.arguments)]
        case Aggregate():
            parts = (expr.argument, expr.where)
            return ["aggregate", kind, expr.function, *(e and to_json(e) for e in parts)]
        case _:
            assert_never(expr)


def from_json(data: Any) -> Expression:
    """The inverse of `to_json`. Raises ValueError for anything that `to_json` cannot have made."""
    match data:
        case ["literal", str(kind), value]:
            type_ = _type(kind)
            return Literal(_value_from_json(value, type_.kind), type_)
        case ["column", str(kind), str(name)]:
            return Column(name, _type(kind))
        case ["call", str(kind), str(function), *arguments] if function in FUNCTIONS:
            return Call(function, tuple(from_json(a) for a in arguments), _type(kind))
        case ["aggregate", str(kind), str(function), argument, where] if function in AGGREGATES:
            inner = None if argument is None else from_json(argument)
            rows = None if where is None else from_json(where)
            return Aggregate(function, inner, rows, _type(kind))
    raise ValueError(f"not an expression: {data!r:.80}")


def _type(text: str) -> DataType:
    return DataType(Kind(text.removesuffix("?")), nullable=text.endswith("?"))


def _value_to_json(value: Scalar) -> bool | int | float | str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def _value_from_json(value: Any, kind: Kind) -> Scalar:
    if value is None:
        return None
    right = isinstance(value, _JSON_FORMS[kind])
    if not right or (isinstance(value, bool) and kind is not Kind.BOOL):
        raise ValueError(f"not a value of type {kind}: {value!r:.80}")
    if kind is Kind.TIMESTAMP:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    if kind is Kind.DATE:
        return date.fromisoformat(str(value))
    result: Scalar = float(value) if kind is Kind.FLOAT else value
    return result


_JSON_FORMS: dict[Kind, type | tuple[type, ...]] = {
    Kind.BOOL: bool,
    Kind.INT: int,
    Kind.FLOAT: (float, int, str),
    Kind.STRING: str,
    Kind.TIMESTAMP: str,
    Kind.DATE: str,
    Kind.INTERVAL: int,
}
