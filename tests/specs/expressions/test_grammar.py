"""The grammar: sqlglot is its oracle; the place of every node; habits of other languages."""

import re
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from sqlglot.errors import SqlglotError

from onespec.specs.expressions import grammar
from onespec.specs.expressions.ir import Call, Column, Expression, children, walk
from onespec.specs.expressions.parse import ExpressionErrors, parse
from onespec.specs.types import DataType, Kind

from .sqlglot_oracle import bracketed
from .test_lowerings_agree import EXAMPLES, NAMES, SCOPE, texts

AGGREGATES = ["count()", "sum(i)", "avg(x > 1)", "max(s) filter (where b or c)"]
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@st.composite
def loose(draw: st.DrawFn) -> str:
    """A composition from which some brackets are taken, so that precedence decides."""
    text = draw(texts(draw(st.sampled_from(list(NAMES))), 4))
    opened: list[int] = []
    dropped: set[int] = set()
    for place, token in ((m.start(), m[0]) for m in re.finditer(r"'[^']*'|\"[^\"]*\"|[()]", text)):
        if token == "(":
            opened.append(place)
        elif token == ")":
            start = opened.pop()
            grouping = not re.search(r"(\w|\bin )$", text[:start])
            if grouping and draw(st.booleans()):
                dropped |= {start, place}
    return "".join(" " if n in dropped else c for n, c in enumerate(text))


def outcome(text: str) -> Expression | set[tuple[str, str]]:
    """The tree, or what is wrong with the text, without the places."""
    try:
        return parse(text, SCOPE, aggregates=True)
    except ExpressionErrors as errors:
        return {(p.reason, p.message) for p in errors.problems}


def agrees(text: str) -> bool:
    """Whether sqlglot groups the text as we do."""
    try:
        return outcome(text) == outcome(bracketed(text))
    except SqlglotError:
        found = outcome(text)
        return isinstance(found, set) and "syntax" in {reason for reason, _ in found}


@settings(max_examples=5 * EXAMPLES, deadline=None, suppress_health_check=QUIET)
@given(loose())
@example("not b = c and i < j or b is null = c")
@example("s || t like 'a%' = b and i between 1 + 2 and j * 3 = c")
@example("- i * - 2 // j % 3 - -1 + 'a' || 'b'")
def test_operators_group_as_in_sqlglot(text: str) -> None:
    assume(len(text) < 2000)
    assert agrees(text)


@pytest.mark.parametrize(
    "text",
    [
        "b and not c or late",
        "not i is null",
        "not i not in (1, 2) and b",
        "b = i not in (1) = c",
        "i is null is not null",
        "case i when 1 then x when - 2 then y else 0 end * 2",
        "case when b then case when c then 1 end else i end // 2",
        "i::float / j::float::int",
        "-x::int",
        "- 9223372036854775808",
        "x + .5 * 1.e3 - 2e-1",
        "at - interval 3 hour < date '2013-01-01'",
        "at + interval '3 hours' >= timestamp '2013-01-01 10:00:00' - interval '3' day",
        "lower(\"odd \"\"name\") || 'it''s' -- so\n || /* a /* b */ c */ s",
        "sum(i) filter (where b) / count() > 1 and avg(x) is not null",
        "coalesce(sum(seats), - 1) + round(x, 2)",
        "cast(cast(i as string) as double precision)",
        "s not like 'a' = b",
        "YEAR(at) = Year(until) AND NOT B IS NULL",
    ],
)
def test_an_expression_groups_as_in_sqlglot(text: str) -> None:
    assert agrees(text)


def test_another_precedence_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle can say no."""
    from onespec.specs.expressions import parser

    monkeypatch.setattr(parser, "BINARY", {**grammar.BINARY, "-": grammar.PRODUCT})
    assert not agrees("i - j * 2")
    monkeypatch.setattr(parser, "BINARY", {**grammar.BINARY, "=": grammar.COMPARISON})
    assert not agrees("b = i < j")
    assert agrees("b = c")


def inserted(node: Expression) -> bool:
    """Whether a node is a cast that nobody wrote."""
    return isinstance(node, Call) and node.function == "cast" and node.end == children(node)[0].end


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=QUIET)
@given(loose())
def test_what_a_node_spans_is_that_node(text: str) -> None:
    found = outcome(text)
    assume(not isinstance(found, set))
    assert not isinstance(found, set)
    for node in walk(found):
        written = text[node.start : node.end]
        if isinstance(node, Column):
            assert written in (node.name, '"' + node.name.replace('"', '""') + '"')
        elif isinstance(node, Call) and not inserted(node):
            assert outcome(written) == node


HABITS: dict[str, tuple[str, str, str]] = {
    "i == 1": ("syntax", "==", "="),
    "b && c": ("syntax", "&&", "and"),
    "!b": ("syntax", "!", "not"),
    "i div 2": ("syntax", "div", "//"),
    "i mod 2": ("syntax", "mod", "%"),
    "i isnull": ("syntax", "isnull", "is null"),
    "i in [1, 2]": ("syntax", "[", "("),
    "`i` + 1": ("syntax", "`i`", "i"),
    "`event time` > at": ("syntax", "`event time`", '"event time"'),
    's = "abc"': ("unknown_column", '"abc"', "'abc'"),
    "count(*)": ("not_allowed", "count(*)", "count()"),
    "b || c": ("type", "b || c", ""),
    "b is true": ("not_allowed", "b is true", ""),
    "i is distinct from j": ("not_allowed", "i is distinct from j", ""),
    "b ? i : j": ("not_allowed", "?", ""),
    "if b then i else j end": ("not_allowed", "if", ""),
    "s[1]": ("not_allowed", "s[1]", ""),
    "[1, 2]": ("not_allowed", "[", ""),
    "i ** 2": ("not_allowed", "i ** 2", ""),
    "i ^ 2 + j": ("not_allowed", "i ^ 2 + j", ""),
    "s ilike 'a'": ("not_allowed", "s ilike 'a'", ""),
    "s not ilike 'a'": ("not_allowed", "ilike", ""),
    "s similar to 'a'": ("not_allowed", "s similar to 'a'", ""),
    "s like 'a' escape 'b'": ("not_allowed", "escape", ""),
    "at at time zone 'UTC'": ("not_allowed", "at at time zone 'UTC'", ""),
    "extract(year from at)": ("not_allowed", "extract", ""),
    "sum(i) over (partition by j)": ("not_allowed", "sum(i) over (partition by j)", ""),
    "lag(i) over w": ("not_allowed", "lag(i) over w", ""),
    "i in (select j from t)": ("not_allowed", "select", ""),
    "select i": ("not_allowed", "select", ""),
    "i from t": ("not_allowed", "from", ""),
    "i as j": ("not_allowed", "as", ""),
    "t.i": ("not_allowed", "t.i", ""),
    "(i, j) in (1)": ("not_allowed", "(", ""),
    "i = $1": ("not_allowed", "$1", ""),
    "i = @p": ("not_allowed", "@", ""),
    "n'a'": ("not_allowed", "n'a'", ""),
    "i;": ("syntax", ";", ""),
    "i, j": ("syntax", ",", ""),
    "i +": ("syntax", "+", ""),
    "(i + j": ("syntax", "(", ""),
    "i)": ("syntax", ")", ""),
    "i j": ("syntax", "j", ""),
    "case when b then i": ("syntax", "case", ""),
    "case b then i end": ("syntax", "then", ""),
    "i between 1": ("syntax", "1", ""),
    "i is": ("syntax", "is", ""),
    "cast(i, int)": ("syntax", ",", ""),
    "s = 'abc": ("syntax", "'", ""),
    "i /* j": ("syntax", "/*", ""),
    "1_000 + i": ("syntax", "1_000", ""),
    "not " * 17 + "b": ("syntax", "not", ""),
    "coalesce(i,)": ("syntax", ")", ""),
}
"""What is written: the reason of its only problem, where that is, and what is suggested."""


@pytest.mark.parametrize("text", HABITS)
def test_a_habit_of_other_languages_is_named(text: str) -> None:
    reason, marked, suggestion = HABITS[text]
    with pytest.raises(ExpressionErrors) as caught:
        parse(text, SCOPE, aggregates=True)
    (problem,) = caught.value.problems
    assert (problem.reason, problem.suggestion) == (reason, suggestion)
    assert text[problem.start : problem.end] == marked


def test_a_habit_does_not_hide_other_problems() -> None:
    with pytest.raises(ExpressionErrors) as caught:
        parse("!lat && i == jj || s + 1", SCOPE)
    assert [p.reason for p in caught.value.problems] == [
        *("syntax", "unknown_column", "syntax", "syntax", "unknown_column", "type")
    ]


@pytest.mark.parametrize("name", ["end", "in", "is", "date", "interval", "filter", "select", "if"])
def test_a_column_may_be_called_like_a_word_of_sql(name: str) -> None:
    scope = {name: DataType(Kind.INT), "b": DataType(Kind.BOOL)}
    case = f"case when b then {name} else {name} end"
    for text in (name, f"{name} + {name}", f"-{name}", f"({name})", case, f"{name} in (1)"):
        assert Column(name, scope[name]) in walk(parse(text, scope))


def test_the_time_grows_with_the_length_alone() -> None:
    for text in ("i + " * 999 + "i", "f(" * 16 + "i, " * 1200 + "i" + ")" * 16, "i [" * 1300):
        began = time.process_time()
        outcome(text)
        assert time.process_time() - began < 1


def test_sqlglot_is_not_imported() -> None:
    """It would take a third of the time of a check."""
    code = "import sys, onespec.specs.expressions.parse; print('sqlglot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
