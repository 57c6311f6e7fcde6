"""Whatever the text, `parse` answers soon, with an expression or with problems inside the text."""

import sys
import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from onespec.specs.expressions.ir import from_json, to_json
from onespec.specs.expressions.lower_duckdb import to_sql
from onespec.specs.expressions.lower_python import compile_row
from onespec.specs.expressions.parse import ExpressionErrors, parse
from onespec.specs.types import DataType, Kind

SCOPE = {"a": DataType(Kind.INT), "x": DataType(Kind.FLOAT), "s": DataType(Kind.STRING)}

VOCABULARY = """
a x s 1 2.5 1e9 'q' "a" ( ) [ ] { } , . ; : :: + - * / // % = <> < >= || -> => ? @ $ ^ ~ ! & |
and or not is null true in between like ilike similar to escape case when then else end if cast
try_cast as int float timestamp date interval day hour 'month' sum count filter where over
partition by order select from with union exists any all distinct lambda array struct map values
coalesce round lower hour( abs( now() random() collate at time zone extract unnest offset limit
table create set pivot qualify using row begin commit copy explain -- /* */ ' " \\ 0x1 e'a'
"""
WORDS = VOCABULARY.split()


def well_placed(errors: ExpressionErrors, text: str) -> None:
    assert errors.problems
    for problem in errors.problems:
        assert 0 <= problem.start <= problem.end <= len(text), problem
        assert problem.message


@pytest.fixture(autouse=True)
def silence(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The parser below has nothing to say to the log."""
    yield
    assert not caplog.records


def attempt(text: str) -> None:
    """Parse; if that succeeds, the lowerings and the JSON must succeed, too."""
    for aggregates in (False, True):
        try:
            expression = parse(text, SCOPE, aggregates=aggregates)
        except ExpressionErrors as errors:
            well_placed(errors, text)
            continue
        assert to_sql(expression, order_by=["a"])
        assert from_json(to_json(expression)) == expression
        if not aggregates:
            compile_row({"out": expression})


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
@example("\u2028a")
@example("a\r\n+\r b")
def test_any_text(text: str) -> None:
    attempt(text)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_any_words(words: list[str]) -> None:
    attempt(" ".join(words))


N = 4000
DEEP = {
    "parentheses": "(" * 1999 + "a" + ")" * 1999,
    "open": "(" * N,
    "brackets": "[" * N,
    "braces": "{" * N,
    "calls": "abs(" * 800 + "a" + ")" * 800,
    "unknown calls": "f(" * 1300 + "a" + ")" * 1300,
    "not": "not " * 999 + "a",
    "minus": "- " * 1999 + "a",
    "signs and parentheses": "-(" * 1300 + "a" + ")" * 1300,
    "sum": "a+" * 1999 + "a",
    "and": "a and " * 600 + "a",
    "comparisons": "a<" * 1999 + "a",
    "case": "case when true then " * 190 + "a" + " end" * 40,
    "cases": "case " * 800,
    "whens": "case " + "when x>1 then 1 " * 240 + "end",
    "casts": "a" + "::int" * 790,
    "cast calls": "cast(" * 400 + "a" + " as int)" * 200,
    "in": "a in (" + "1," * 1900 + "1)",
    "in in": "a in (" * 600,
    "between": "a between " * 390,
    "dots": "a." * 1999 + "a",
    "arrows": "a->" * 1300 + "a",
    "is": "a" + " is null" * 490,
    "intervals": "interval " * 440 + "1 day",
    "interval sums": "interval " + "'1 day' " * 400,
    "strings": "'a' " * 990,
    "quotes": "'" * 3999,
    "numbers": "1" * N,
    "exponent": "1e" + "9" * 3000,
    "comments": "/*" * 1999,
    "like": "s like '" + "%a" * 1900 + "'",
    "select": "(select " * 480,
    "windows": "sum(a) over (" * 300,
    "filters": "sum(a) filter (where " * 190,
    "coalesce": "coalesce(" + "a," * 1900 + "a)",
    "greatest": "greatest(" + "x," * 1900 + "x)",
    "unknown columns": "+".join(f"a{n}" for n in range(700)),
    "long name": "b" * N,
    "mixed": "abs(-(case when not a in (" * 150,
    "too long": "a" * 4001,
    "much too long": "(" * 1_000_000,
}


@pytest.mark.parametrize("kind", DEEP)
def test_a_bomb(kind: str) -> None:
    began = time.perf_counter()
    attempt(DEEP[kind])
    assert time.perf_counter() - began < 5.0


def test_the_stack_is_not_exhausted_near_its_limit() -> None:
    """The largest accepted tree works under a caller that already used half of the stack."""

    def descend(levels: int) -> None:
        if levels:
            descend(levels - 1)
        else:
            attempt("+".join("x" for _ in range(100)))

    descend(sys.getrecursionlimit() // 3)
