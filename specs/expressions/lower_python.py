"""Expressions to one generated Python function of one row, for the request path.

The source is made of the templates below and of numbered names only: columns, strings and every
other constant are values in the function's namespace, never text. Each node is one assignment;
equal nodes are computed once; null is tested only where the type admits it.
"""

import math
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from ..types import DataType, Kind
from . import literals, scalars
from .functions import INT_MAX, INT_MIN
from .ir import Aggregate, Call, Column, Expression, Literal

Row = Mapping[str, Any]


def compile_row(expressions: Mapping[str, Expression]) -> Callable[[Row], dict[str, Any]]:
    """A function from a row, by column name, to the values of the expressions, by their names.

    A row holds bool, int (64 bits), float, str, datetime (aware, in UTC), date, or None where the
    type is nullable; the types are not checked again. Raises ValueError for aggregates.
    """
    program = _Program()
    results = [(program.constant(name), program.emit(e)) for name, e in expressions.items()]
    body = "\n    ".join(program.lines)
    items = ", ".join(f"{key}: {value}" for key, value in results)
    source = f"def compute(r):\n    {body or 'pass'}\n    return {{{items}}}\n"
    code = compile(source, "<expressions>", "exec")
    exec(code, program.namespace)  # noqa: S102 - templates and numbered names only, see above
    compute: Callable[[Row], dict[str, Any]] = program.namespace["compute"]
    return compute


class _Program:
    """The lines of the function under construction, and the values that they refer to."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.namespace: dict[str, Any] = {"__builtins__": {}, **_NAMESPACE}
        self.known: dict[tuple[object, ...], str] = {}

    def constant(self, value: object) -> str:
        name = f"k{len(self.namespace)}"
        self.namespace[name] = value
        return name

    def assign(self, code: str) -> str:
        name = f"t{len(self.lines)}"
        self.lines.append(f"{name} = {code}")
        return name

    def emit(self, expr: Expression) -> str:
        """The name under which the value of a node is found."""
        match expr:
            case Literal():
                key: tuple[object, ...] = ("literal", expr.type.kind, repr(expr.value))
                return self.once(key, lambda: self.constant(_value(expr)))
            case Column():
                return self.once(("column", expr.name), lambda: self.load(expr.name))
            case Call():
                return self.call(expr)
            case Aggregate():
                raise ValueError(f"`{expr.function}` is a function of many rows")

    def once(self, key: tuple[object, ...], make: Callable[[], str]) -> str:
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]

    def load(self, name: str) -> str:
        return self.assign(f"r[{self.constant(name)}]")

    def call(self, expr: Call) -> str:
        special = _SPECIAL.get(expr.function)
        if expr.function == "between":
            return self.emit(_between(expr))
        if expr.function in ("in", "like"):
            return special(self, expr, []) if special else ""
        names = [self.emit(a) for a in expr.arguments]
        key = (expr.function, expr.type.kind, *names)
        if special is not None:
            return self.once(key, lambda: special(self, expr, names))
        return self.once(key, lambda: self.strict(expr.arguments, names, _template(expr, names)))

    def strict(self, arguments: tuple[Expression, ...], names: list[str], code: str) -> str:
        """Null if an argument is, else the code."""
        nullable = [n for n, a in zip(names, arguments, strict=True) if a.type.nullable]
        if not nullable:
            return self.assign(code)
        tests = " or ".join(f"{n} is None" for n in dict.fromkeys(nullable))
        return self.assign(f"None if {tests} else {code}")


def _value(expr: Literal) -> object:
    """The value at run time: an interval is a timedelta there."""
    if expr.type.kind is Kind.INTERVAL and isinstance(expr.value, int):
        return timedelta(microseconds=expr.value)
    return expr.value


def _template(expr: Call, names: list[str]) -> str:
    if expr.function in _COMPARISONS:
        return _compare(expr.function, expr.arguments, names)
    if expr.function == "cast":
        template = _CASTS[expr.arguments[0].type.kind, expr.type.kind]
    else:
        key = (f"{expr.function}/{len(names)}", None)
        typed = (expr.function, expr.type.kind)
        template = _TEMPLATES.get(typed) or _TEMPLATES.get(key) or _TEMPLATES[expr.function, None]
    return f"({template.format(*names)})"


_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})


def _compare(op: str, arguments: tuple[Expression, ...], names: list[str]) -> str:
    """Python's comparison, amended where NaN is possible: it is the greatest, and equals itself."""
    (a, b), (left, right) = names, arguments
    if op in (">", ">="):
        return _compare("<" if op == ">" else "<=", (right, left), [b, a])
    a_nan, b_nan = _may_be_nan(left), _may_be_nan(right)
    match op:
        case "=" | "<>":
            same = (
                f"{a} == {b} or ({a} != {a} and {b} != {b})" if a_nan and b_nan else f"{a} == {b}"
            )
            return f"({same})" if op == "=" else f"(not ({same}))"
        case "<":
            more = f" or ({b} != {b} and {a} == {a})" if b_nan else ""
            return f"({a} < {b}{more})"
        case _:
            more = f" or {b} != {b}" if b_nan else ""
            return f"({a} <= {b}{more})"


def _may_be_nan(expr: Expression) -> bool:
    if expr.type.kind is not Kind.FLOAT:
        return False
    match expr:
        case Literal(value=float() as value):
            return math.isnan(value)
        case Call(function="cast", arguments=(inner,)):
            return inner.type.kind is Kind.STRING
        case _:
            return True


def _between(expr: Call) -> Call:
    value, low, high = expr.arguments
    above = Call(">=", (value, low), _bool(value, low))
    below = Call("<=", (value, high), _bool(value, high))
    return Call("and", (above, below), expr.type)


def _bool(*arguments: Expression) -> DataType:
    return DataType(Kind.BOOL, any(a.type.nullable for a in arguments))


def _logic(program: _Program, expr: Call, names: list[str]) -> str:
    """False decides `and`, true decides `or`, then null prevails."""
    if not expr.type.nullable:
        return program.assign(f" {expr.function} ".join(names))
    a, b = names
    decisive, other = ("False", "True") if expr.function == "and" else ("True", "False")
    unknown = f"None if {a} is None or {b} is None else {other}"
    return program.assign(f"{decisive} if {a} is {decisive} or {b} is {decisive} else {unknown}")


def _is_null(program: _Program, _: Call, names: list[str]) -> str:
    return program.assign(f"{names[0]} is None")


def _in(program: _Program, expr: Call, _: list[str]) -> str:
    value, *options = expr.arguments
    found = frozenset(_value(o) for o in options if isinstance(o, Literal))
    name = program.emit(value)
    return program.strict((value,), [name], f"({name} in {program.constant(found)})")


def _like(program: _Program, expr: Call, _: list[str]) -> str:
    value, pattern = expr.arguments
    assert isinstance(pattern, Literal)
    test = program.constant(scalars.matcher(str(pattern.value)))
    name = program.emit(value)
    return program.strict((value,), [name], f"({test}({name}) is not None)")


def _date_diff(program: _Program, expr: Call, names: list[str]) -> str:
    unit = expr.arguments[0]
    assert isinstance(unit, Literal)
    count = program.constant(scalars.differ(str(unit.value)))
    return program.strict(expr.arguments[1:], names[1:], f"{count}({names[1]}, {names[2]})")


def _case(program: _Program, _: Call, names: list[str]) -> str:
    """From the last branch to the first, so that the code does not nest."""
    result = names[-1] if len(names) % 2 else "None"
    pairs = list(zip(names[::2], names[1::2], strict=False))
    for test, value in reversed(pairs):
        result = program.assign(f"{value} if {test} else {result}")
    return result


def _coalesce(program: _Program, _: Call, names: list[str]) -> str:
    result = names[-1]
    for name in reversed(names[:-1]):
        result = program.assign(f"{result} if {name} is None else {name}")
    return result


def _nullif(program: _Program, expr: Call, names: list[str]) -> str:
    a, b = names
    same = _compare("=", expr.arguments, names)
    return program.assign(f"None if {a} is None or ({b} is not None and {same}) else {a}")


def _extreme(program: _Program, expr: Call, names: list[str]) -> str:
    """The first of the greatest or least values that are not null."""
    result, before = names[0], expr.arguments[0]
    for name, argument in zip(names[1:], expr.arguments[1:], strict=True):
        pair, both = [result, name], (before, argument)
        better = _compare("<" if expr.function == "greatest" else ">", both, pair)
        keep = f"{result} if {name} is None else {name} if {result} is None or {better}"
        result = program.assign(f"{keep} else {result}")
        before = argument if _may_be_nan(argument) else before
    return result


def _concat(program: _Program, expr: Call, names: list[str]) -> str:
    result = program.constant("")
    for name, argument in zip(names, expr.arguments, strict=True):
        text = f"({name} or {program.constant('')})" if argument.type.nullable else name
        result = program.assign(f"{result} + {text}")
    return result


_SPECIAL: Mapping[str, Callable[[_Program, Call, list[str]], str]] = {
    "and": _logic,
    "or": _logic,
    "is_null": _is_null,
    "in": _in,
    "like": _like,
    "date_diff": _date_diff,
    "case": _case,
    "if": _case,
    "coalesce": _coalesce,
    "nullif": _nullif,
    "greatest": _extreme,
    "least": _extreme,
    "concat": _concat,
}
"""Functions whose code or null rule depends on more than the names of the arguments."""

_SCALARS = {
    name: getattr(scalars, name)
    for name in (
        *("floor", "ceil", "sign", "ln", "log10", "log2", "exp", "sqrt", "power", "sin", "cos"),
        *("lower", "upper", "epoch"),
    )
}

_NAMESPACE: dict[str, Any] = {
    **{f"f_{name}": function for name, function in _SCALARS.items()},
    "f_divide": scalars.divide_by_zero,
    "f_quotient": scalars.quotient,
    "f_remainder": scalars.remainder,
    "f_round": scalars.round_,
    "f_round_to": scalars.round_to,
    "f_truncate": scalars.truncate,
    "f_later": scalars.later,
    "f_earlier": scalars.earlier,
    "f_midnight": scalars.midnight,
    "f_dayofyear": scalars.day_of_year,
    "f_to_int": literals.to_int,
    "f_to_float": literals.to_float,
    "f_to_timestamp": literals.to_timestamp,
    "f_to_date": literals.to_date,
    "f_float": float,
    "f_int": int,
    "f_str": str,
    "f_bool": bool,
    "f_abs": abs,
    "f_len": len,
    "f_isoformat": date.isoformat,
    "k_space": " ",
    "k_true": "true",
    "k_false": "false",
}


def _within(code: str) -> str:
    return f"v if {INT_MIN} <= (v := {code}) <= {INT_MAX} else None"


_TEMPLATES: Mapping[tuple[str, Kind | None], str] = {
    **{(op, Kind.INT): _within(f"{{0}} {op} {{1}}") for op in "+-*"},
    **{(op, Kind.FLOAT): f"{{0}} {op} {{1}}" for op in "+-*"},
    ("+", Kind.TIMESTAMP): "f_later({0}, {1})",
    ("-", Kind.TIMESTAMP): "f_earlier({0}, {1})",
    ("/", None): "{0} / {1} if {1} else f_divide({0}, {1})",
    ("//", None): "f_quotient({0}, {1})",
    ("%", None): "f_remainder({0}, {1})",
    ("negate", Kind.INT): _within("-{0}"),
    ("negate", Kind.FLOAT): "-{0}",
    ("not", None): "not {0}",
    ("||", None): "{0} + {1}",
    ("abs", Kind.INT): _within("f_abs({0})"),
    ("abs", Kind.FLOAT): "f_abs({0})",
    **{(name, None): f"f_{name}({{0}})" for name in _SCALARS if name != "power"},
    ("power", None): "f_power({0}, {1})",
    ("is_nan", None): "{0} != {0}",
    ("trim", None): "{0}.strip(k_space)",
    ("length", None): "f_len({0})",
    ("round/1", None): "f_round({0})",
    ("round/2", None): "f_round_to({0}, {1})",
    ("substring/2", None): "{0}[{1} - 1 :]",
    ("substring/3", None): "{0}[{1} - 1 : {1} - 1 + {2}]",
    ("contains", None): "{1} in {0}",
    ("starts_with", None): "{0}.startswith({1})",
    ("ends_with", None): "{0}.endswith({1})",
    **{(name, None): f"{{0}}.{name}" for name in ("year", "month", "day", "hour", "minute")},
    ("dayofweek", None): "{0}.isoweekday() % 7",
    ("dayofyear", None): "f_dayofyear({0})",
}
"""Code by function (with its number of arguments where that matters) and kind of the result."""

_CASTS: Mapping[tuple[Kind, Kind], str] = {
    (Kind.BOOL, Kind.INT): "f_int({0})",
    (Kind.BOOL, Kind.FLOAT): "f_float({0})",
    (Kind.BOOL, Kind.STRING): "k_true if {0} else k_false",
    (Kind.INT, Kind.BOOL): "f_bool({0})",
    (Kind.INT, Kind.FLOAT): "f_float({0})",
    (Kind.INT, Kind.STRING): "f_str({0})",
    (Kind.FLOAT, Kind.INT): "f_truncate({0})",
    (Kind.STRING, Kind.INT): "f_to_int({0})",
    (Kind.STRING, Kind.FLOAT): "f_to_float({0})",
    (Kind.STRING, Kind.TIMESTAMP): "f_to_timestamp({0})",
    (Kind.STRING, Kind.DATE): "f_to_date({0})",
    (Kind.TIMESTAMP, Kind.DATE): "{0}.date()",
    (Kind.DATE, Kind.TIMESTAMP): "f_midnight({0})",
    (Kind.DATE, Kind.STRING): "f_isoformat({0})",
}
