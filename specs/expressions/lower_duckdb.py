"""Expression to DuckDB SQL that means what the language says, not what DuckDB would guess.

The columns are of the types in `COLUMN_TYPES`: timestamps are plain `TIMESTAMP` in UTC, so that no
session time zone matters, within the years 1 to 9999. Every argument appears in the SQL once, so
its length grows with the expression's. Where DuckDB scans Parquet files itself, `SETTINGS` apply.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from ..types import Kind
from .functions import TIMESTAMP_MAX, TIMESTAMP_MIN
from .ir import Aggregate, Call, Column, Expression, Literal, Scalar
from .literals import DATE_TEXT, FLOAT_TEXT, INT_TEXT, TIMESTAMP_TEXT

COLUMN_TYPES: Mapping[Kind, str] = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.FLOAT: "DOUBLE",
    Kind.STRING: "VARCHAR",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.DATE: "DATE",
}
"""The type that a column of each kind must have in DuckDB, and that a result has."""


SETTINGS = "SET disabled_optimizers = 'statistics_propagation,filter_pushdown'"
"""For connections that scan Parquet files: their statistics leave NaN out, but DuckDB believes that
nothing exceeds a file's maximum, and answers `x > 5` with false for NaN (duckdb/duckdb#25521).
Tables and Arrow relations need none of this."""


def to_sql(expr: Expression, *, order_by: Sequence[str] = ()) -> str:
    """One SQL expression.

    `order_by` names the columns that tell which row is the `first` and which the `last`; without
    them, these two raise ValueError, as they would yield any row.
    """
    match expr:
        case Literal():
            return _literal(expr)
        case Column():
            return quote_identifier(expr.name)
        case Call():
            return _call(expr, [to_sql(a, order_by=order_by) for a in expr.arguments])
        case Aggregate():
            return _aggregate(expr, order_by)


def quote_identifier(name: str) -> str:
    """A name as SQL, whatever it contains. Raises ValueError for NUL, which SQL cannot hold."""
    return '"' + _checked(name).replace('"', '""') + '"'


def quote_literal(value: Scalar) -> str:
    """A value as SQL of the DuckDB type of its kind."""
    match value:
        case None | bool():
            return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
        case int():
            return f"CAST({value} AS BIGINT)"
        case float():
            return _quote_float(value)
        case str():
            return "'" + _checked(value).replace("'", "''") + "'"
        case datetime():
            return f"TIMESTAMP '{value.replace(tzinfo=None).isoformat(' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"


def _checked(text: str) -> str:
    if "\0" in text:
        raise ValueError("SQL text cannot hold the character NUL")
    return text


def _quote_float(value: float) -> str:
    """Always with an exponent: DuckDB reads `0.1` as a decimal, but `0.1e0` as a double."""
    if not math.isfinite(value):
        return f"CAST('{value!r}' AS DOUBLE)"
    text = repr(value)
    text = text if "e" in text else f"{text}e0"
    return f"({text})" if text.startswith("-") else text


def _literal(expr: Literal) -> str:
    if expr.value is None:
        return f"CAST(NULL AS {COLUMN_TYPES[expr.type.kind]})"
    return quote_literal(expr.value)


def _call(expr: Call, arguments: list[str]) -> str:
    special = _SPECIAL.get(expr.function)
    if special is not None:
        return special(expr, arguments)
    counted = (f"{expr.function}/{len(arguments)}", None)
    typed = (expr.function, expr.type.kind)
    template = _TEMPLATES.get(typed) or _TEMPLATES.get(counted) or _TEMPLATES[expr.function, None]
    return template.format(*arguments, all=", ".join(arguments))


def _case(_: Call, arguments: list[str]) -> str:
    pairs = zip(arguments[::2], arguments[1::2], strict=False)
    whens = " ".join(f"WHEN {test} THEN {value}" for test, value in pairs)
    otherwise = f" ELSE {arguments[-1]}" if len(arguments) % 2 else ""
    return f"CASE {whens}{otherwise} END"


def _cast(expr: Call, arguments: list[str]) -> str:
    return _CASTS[expr.arguments[0].type.kind, expr.type.kind].format(*arguments)


def _shift(expr: Call, arguments: list[str]) -> str:
    """Move a timestamp; out of its range, null. `nullif` turns the clamped bounds into null."""
    interval = expr.arguments[1]
    assert isinstance(interval, Literal)
    low, high = TIMESTAMP_MIN - 1, TIMESTAMP_MAX + 1
    moved = f"EPOCH_US({arguments[0]}) {expr.function} {interval.value}"
    clamped = f"GREATEST(LEAST({moved}, {high}), {low})"
    return f"MAKE_TIMESTAMP(NULLIF(NULLIF({clamped}, {low}), {high}))"


def _plus_minus(expr: Call, arguments: list[str]) -> str:
    if expr.type.kind is Kind.TIMESTAMP:
        return _shift(expr, arguments)
    if expr.type.kind is Kind.FLOAT:
        return f"({arguments[0]} {expr.function} {arguments[1]})"
    return _WIDE.format(f"CAST({arguments[0]} AS HUGEINT) {expr.function} {arguments[1]}")


def _in(_: Call, arguments: list[str]) -> str:
    return f"({arguments[0]} IN ({', '.join(arguments[1:])}))"


def _aggregate(expr: Aggregate, order_by: Sequence[str]) -> str:
    argument = "*" if expr.argument is None else to_sql(expr.argument)
    conditions = [] if expr.where is None else [to_sql(expr.where)]
    kind = expr.argument.type.kind if expr.argument else None
    if expr.function in ("first", "last"):
        if not order_by:
            raise ValueError(f"`{expr.function}` needs columns to order by")
        conditions.insert(0, f"({argument} IS NOT NULL)")
        argument += " ORDER BY " + ", ".join(map(quote_identifier, order_by))
    if kind is Kind.BOOL and expr.function in ("sum", "avg"):
        argument = f"CAST({argument} AS BIGINT)"
    filtered = f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
    sql = f"{_AGGREGATES[expr.function]}({argument}){filtered}"
    integer_sum = expr.function == "sum" and expr.type.kind is Kind.INT
    return f"TRY_CAST({sql} AS BIGINT)" if integer_sum else sql


_WIDE = "TRY_CAST({} AS BIGINT)"
"""Integers are computed in 128 bits, where nothing overflows; what leaves 64 bits is null."""

_ASCII_UPPER, _ASCII_LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"

_SPECIAL: Mapping[str, Callable[[Call, list[str]], str]] = {
    "+": _plus_minus,
    "-": _plus_minus,
    "case": _case,
    "cast": _cast,
    "in": _in,
}

_TEMPLATES: Mapping[tuple[str, Kind | None], str] = {
    ("*", Kind.INT): _WIDE.format("CAST({0} AS HUGEINT) * {1}"),
    ("*", Kind.FLOAT): "({0} * {1})",
    ("/", None): "({0} / {1})",
    ("//", None): _WIDE.format("CAST({0} AS HUGEINT) // NULLIF({1}, 0)"),
    ("%", None): _WIDE.format("CAST({0} AS HUGEINT) % NULLIF({1}, 0)"),
    ("negate", Kind.INT): _WIDE.format("-CAST({0} AS HUGEINT)"),
    ("negate", Kind.FLOAT): "(-{0})",
    **{(op, None): f"({{0}} {op.upper()} {{1}})" for op in ("=", "<>", "<", "<=", ">", ">=")},
    **{(op, None): f"({{0}} {op.upper()} {{1}})" for op in ("and", "or", "||", "like")},
    ("not", None): "(NOT {0})",
    ("is_null", None): "({0} IS NULL)",
    ("between", None): "({0} BETWEEN {1} AND {2})",
    ("if", None): "CASE WHEN {0} THEN {1} ELSE {2} END",
    ("nullif", None): "NULLIF({0}, {1})",
    ("abs", Kind.INT): _WIDE.format("ABS(CAST({0} AS HUGEINT))"),
    ("abs", Kind.FLOAT): "ABS({0})",
    ("sign", None): "CAST(SIGN({0}) AS BIGINT)",
    ("round/2", None): "ROUND({0}, CAST({1} AS INTEGER))",
    ("lower", None): f"TRANSLATE({{0}}, '{_ASCII_UPPER}', '{_ASCII_LOWER}')",
    ("upper", None): f"TRANSLATE({{0}}, '{_ASCII_LOWER}', '{_ASCII_UPPER}')",
    ("trim", None): "TRIM({0}, ' ')",
    ("is_nan", None): "ISNAN({0})",
    ("epoch", None): "(CAST(EPOCH_US({0}) AS DOUBLE) / 1e6)",
    **{
        (name, None): f"{name.upper()}({{all}})"
        for name in (
            *("coalesce", "floor", "ceil", "round", "ln", "log10", "log2", "exp", "sqrt"),
            *("power", "sin", "cos", "greatest", "least", "substring", "concat", "contains"),
            *("starts_with", "ends_with", "date_diff"),
        )
    },
    **{
        (name, None): f"CAST({name.upper()}({{0}}) AS BIGINT)"
        for name in (
            *("length", "year", "month", "day", "hour", "minute", "dayofweek", "dayofyear"),
        )
    },
}
"""SQL by function (with its number of arguments where that matters) and kind of the result."""


def _read(pattern: str, type_: str) -> str:
    quoted = quote_literal(f"^(?:{pattern})$").replace("{", "{{").replace("}", "}}")
    return f"TRY_CAST(REGEXP_EXTRACT({{0}}, {quoted}) AS {type_})"


_CASTS: Mapping[tuple[Kind, Kind], str] = {
    (Kind.BOOL, Kind.INT): "CAST({0} AS BIGINT)",
    (Kind.BOOL, Kind.FLOAT): "CAST({0} AS DOUBLE)",
    (Kind.BOOL, Kind.STRING): "CAST({0} AS VARCHAR)",
    (Kind.INT, Kind.BOOL): "CAST({0} AS BOOLEAN)",
    (Kind.INT, Kind.FLOAT): "CAST({0} AS DOUBLE)",
    (Kind.INT, Kind.STRING): "CAST({0} AS VARCHAR)",
    (Kind.FLOAT, Kind.INT): "TRY_CAST(TRUNC({0}) AS BIGINT)",
    (Kind.STRING, Kind.INT): _read(INT_TEXT, "BIGINT"),
    (Kind.STRING, Kind.FLOAT): _read(FLOAT_TEXT, "DOUBLE"),
    (Kind.STRING, Kind.TIMESTAMP): _read(TIMESTAMP_TEXT, "TIMESTAMP"),
    (Kind.STRING, Kind.DATE): _read(DATE_TEXT, "DATE"),
    (Kind.TIMESTAMP, Kind.DATE): "CAST({0} AS DATE)",
    (Kind.DATE, Kind.TIMESTAMP): "CAST({0} AS TIMESTAMP)",
    (Kind.DATE, Kind.STRING): "CAST({0} AS VARCHAR)",
}
"""`TRY_CAST` yields null for texts that match the pattern and yet say nothing, such as a 30th of
February; DuckDB's own casts read more texts than Python's."""

_AGGREGATES: Mapping[str, str] = {
    "count": "COUNT",
    "sum": "SUM",
    "avg": "AVG",
    "min": "MIN",
    "max": "MAX",
    "stddev": "STDDEV_SAMP",
    "variance": "VAR_SAMP",
    "first": "FIRST",
    "last": "LAST",
}
