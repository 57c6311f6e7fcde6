"""Aggregates taken apart, and their SQL on real rows."""

from typing import Any

import duckdb
import pytest

from onespec.specs.expressions.aggregates import split
from onespec.specs.expressions.lower_duckdb import COLUMN_TYPES, to_sql
from onespec.specs.expressions.lower_python import compile_row
from onespec.specs.expressions.parse import ExpressionErrors, parse
from onespec.specs.types import DataType, Kind

SCOPE = {
    "i": DataType(Kind.INT),
    "x": DataType(Kind.FLOAT),
    "b": DataType(Kind.BOOL),
    "s": DataType(Kind.STRING),
    "at": DataType(Kind.TIMESTAMP, nullable=False),
}

ROWS = """
    (1, 1.5, true, 'p', TIMESTAMP '2013-01-03'),
    (9223372036854775807, 2.5, false, 'q', TIMESTAMP '2013-01-01'),
    (NULL, NULL, NULL, NULL, TIMESTAMP '2013-01-04'),
    (4, -1.0, true, 'r', TIMESTAMP '2013-01-02')
"""


def answer(text: str, where: str = "true") -> Any:
    """DuckDB for the aggregates, Python for what is computed from them."""
    expression = parse(text, SCOPE, aggregates=True)
    aggregates, scalar = split(expression)
    typed = ", ".join(f'CAST("{n}" AS {COLUMN_TYPES[t.kind]}) AS "{n}"' for n, t in SCOPE.items())
    rows = f'SELECT {typed} FROM (VALUES {ROWS}) AS rows (i, x, b, s, "at")'
    source = f"({rows}) WHERE {where}"
    selected = ", ".join(to_sql(a, order_by=["at"]) for a in aggregates)
    with duckdb.connect() as connection:
        values = connection.execute(f"SELECT {selected} FROM {source}").fetchone() or ()
        whole = to_sql(expression, order_by=["at"])
        (direct,) = connection.execute(f"SELECT {whole} FROM {source}").fetchall()[0]
    result = compile_row({"r": scalar})({f"_a{n}": v for n, v in enumerate(values)})["r"]
    assert repr(result) == repr(direct)
    return result


@pytest.mark.parametrize(
    ("text", "expected", "of_nothing"),
    [
        ("count()", 4, 0),
        ("count(x)", 3, 0),
        ("count() filter (where b)", 2, 0),
        ("sum(x)", 3.0, None),
        ("sum(i)", None, None),
        ("sum(i) filter (where i < 10)", 5, None),
        ("sum(b)", 2, None),
        ("avg(b)", 2 / 3, None),
        ("avg(x > 0)", 2 / 3, None),
        ("avg(i) filter (where i < 10)", 2.5, None),
        ("min(s)", "p", None),
        ("max(x)", 2.5, None),
        ("first(s)", "q", None),
        ("last(s)", "p", None),
        ("last(s) filter (where not b)", "q", None),
        ("variance(x)", 3.25, None),
        ("stddev(x) * stddev(x)", 3.25, None),
        ("sum(x) / count()", 0.75, None),
        ("coalesce(sum(x), 0) / count()", 0.75, float("nan")),
        ("count() = 0", False, True),
    ],
)
def test_the_value_of_an_aggregate(text: str, expected: Any, of_nothing: Any) -> None:
    result = answer(text)
    assert type(result) is type(expected)
    close = pytest.approx(expected, rel=1e-12) if isinstance(expected, float) else expected
    assert result == close
    if of_nothing == of_nothing:
        assert answer(text, where="false") == of_nothing


def test_equal_aggregates_are_computed_once() -> None:
    expression = parse("sum(x) / count() + sum( x ) + count(x)", SCOPE, aggregates=True)
    aggregates, scalar = split(expression)
    assert [to_sql(a) for a in aggregates] == ['SUM("x")', "COUNT(*)", 'COUNT("x")']
    assert to_sql(scalar) == ('((("_a0" / CAST("_a1" AS DOUBLE)) + "_a0") + CAST("_a2" AS DOUBLE))')


def test_a_bare_column_needs_an_aggregate() -> None:
    with pytest.raises(ExpressionErrors) as caught:
        split(parse("sum(x) / i + x", SCOPE, aggregates=True))
    assert [(p.start, p.reason) for p in caught.value.problems] == [
        (9, "not_allowed"),
        (13, "not_allowed"),
    ]


def test_first_and_last_need_an_order() -> None:
    expression = parse("first(s)", SCOPE, aggregates=True)
    with pytest.raises(ValueError, match="order"):
        to_sql(expression)
    assert to_sql(expression, order_by=['a"t', "i"]) == (
        'FIRST("s" ORDER BY "a""t", "i") FILTER (WHERE ("s" IS NOT NULL))'
    )


def test_a_row_function_has_no_aggregates() -> None:
    with pytest.raises(ValueError, match="many rows"):
        compile_row({"n": parse("count()", SCOPE, aggregates=True)})
