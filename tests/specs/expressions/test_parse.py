"""What the language accepts, what it rejects, and where it points."""

import ast
import re
from typing import Any

import pytest

from onespec.specs.expressions.functions import AGGREGATES, FUNCTIONS, NAMED, SPELLINGS
from onespec.specs.expressions.ir import Call, Column, Literal, columns
from onespec.specs.expressions.parse import ExpressionErrors, Problem, parse
from onespec.specs.types import DataType, Kind

SCOPE = {
    "distance": DataType(Kind.FLOAT),
    "dep_delay": DataType(Kind.FLOAT),
    "seats": DataType(Kind.INT, nullable=False),
    "carrier": DataType(Kind.STRING),
    "cancelled": DataType(Kind.BOOL, nullable=False),
    "departure": DataType(Kind.TIMESTAMP, nullable=False),
    "day": DataType(Kind.DATE),
    "year": DataType(Kind.INT),
    "wind speed": DataType(Kind.FLOAT),
}


def problems(text: str, *, aggregates: bool = False) -> tuple[Problem, ...]:
    with pytest.raises(ExpressionErrors) as caught:
        parse(text, SCOPE, aggregates=aggregates)
    for problem in caught.value.problems:
        assert 0 <= problem.start <= problem.end <= len(text), problem
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("ln(1 + distance)", "float?"),
        ("hour(departure)", "int"),
        ("dayofweek(departure)", "int"),
        ("2013 - year", "int?"),
        ("seats + 1", "int?"),
        ("seats / 2", "float"),
        ("seats // 2", "int?"),
        ("seats > 100 and not cancelled", "bool"),
        ("dep_delay > 15", "bool?"),
        ("dep_delay is not null", "bool"),
        ("coalesce(dep_delay, 0)", "float"),
        ("coalesce(dep_delay, null)", "float?"),
        ("case when cancelled then 'x' end", "string?"),
        ("case when cancelled then 1 else 2.5 end", "float"),
        ("case carrier when 'AA' then 1 when 'UA' then 2 else 0 end", "int"),
        ("if(cancelled, departure, day)", "timestamp?"),
        ("carrier in ('AA', 'UA')", "bool?"),
        ("seats not in (1, -2)", "bool"),
        ("departure >= timestamp '2013-01-01'", "bool"),
        ("departure - interval 3 hour", "timestamp?"),
        ("departure + interval '90 minutes' > day", "bool?"),
        ("day between date '2013-01-01' and date '2013-06-30'", "bool?"),
        ("cast(carrier as int)", "int?"),
        ("cancelled::int", "int"),
        ("try_cast(seats as string)", "string"),
        ("cast(null as float)", "float?"),
        ('"wind speed" * 1.609', "float?"),
        ("carrier || '-' || cast(seats as string)", "string?"),
        ("concat(carrier, 'x')", "string"),
        ("carrier not like 'A%'", "bool?"),
        ("date_diff('day', day, departure)", "int?"),
        ("-9223372036854775808", "int"),
        ("- -1", "int?"),
        ("greatest(seats, 2.5)", "float"),
        ("YEAR(departure) = Year(day) -- spelled as one likes\n", "bool?"),
        ("round(distance /* miles */, 2)", "float?"),
    ],
)
def test_a_type_with_its_nullability(text: str, type_: str) -> None:
    assert str(parse(text, SCOPE).type) == type_


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("count()", "int"),
        ("count(carrier)", "int"),
        ("avg(dep_delay > 15)", "float?"),
        ("sum(seats) filter (where cancelled)", "int?"),
        ("sum(distance) / count()", "float?"),
        ("count() = 0", "bool"),
        ("max(carrier)", "string?"),
        ("stddev(seats)", "float?"),
        ("last(departure)", "timestamp?"),
        ("coalesce(avg(dep_delay), 0)", "float"),
    ],
)
def test_the_type_of_an_aggregate(text: str, type_: str) -> None:
    assert str(parse(text, SCOPE, aggregates=True).type) == type_
    assert {p.reason for p in problems(text)} == {"not_allowed"}


@pytest.mark.parametrize(
    ("text", "reason", "marked", "suggestion"),
    [
        ("1 + dep_dely", "unknown_column", "dep_dely", "dep_delay"),
        ("Seats", "unknown_column", "Seats", "seats"),
        ('"wind sped" + 1', "unknown_column", '"wind sped"', "wind speed"),
        ("1 + lenght(carrier)", "unknown_function", "lenght", "length"),
        ("pow(distance, 2)", "unknown_function", "pow", "power"),
        ("zzzzzz(1)", "unknown_function", "zzzzzz", ""),
        ("carrier + 1", "type", "carrier + 1", ""),
        ("1 + (carrier = 2)", "type", "carrier = 2", ""),
        ("not seats", "type", "not seats", ""),
        ("case when seats then 1 end", "type", "seats", ""),
        (
            "1 + case when cancelled then 1 else 'a' end",
            "type",
            "case when cancelled then 1 else 'a' end",
            "",
        ),
        ("distance = null", "type", "distance = null", ""),
        ("round(distance, seats)", "type", "seats", ""),
        ("round(distance, 16)", "type", "16", ""),
        ("carrier like carrier", "type", "carrier", ""),
        ("seats in (1, year)", "type", "year", ""),
        ("date_diff('fortnight', day, day)", "type", "'fortnight'", ""),
        ("departure + interval 1 month", "type", "interval 1 month", ""),
        ("departure > timestamp '2013-02-30'", "type", "'2013-02-30'", ""),
        ("9223372036854775808", "type", "9223372036854775808", ""),
        ("1e400", "type", "1e400", ""),
        ("1 + cast(distance as string)", "type", "cast(distance as string)", ""),
        ("null", "type", "null", ""),
        ("interval 1 day", "type", "interval 1 day", ""),
        ("now()", "not_allowed", "now()", ""),
        ("random() > 0.5", "not_allowed", "random()", ""),
        ("current_timestamp", "not_allowed", "current_timestamp", ""),
        ("read_csv('/etc/passwd')", "not_allowed", "read_csv('/etc/passwd')", ""),
        ("seats in (select 1)", "not_allowed", "select", ""),
        ("(select max(seats) from x)", "not_allowed", None, ""),
        ("sum(seats) over ()", "not_allowed", None, ""),
        ("flights.seats", "not_allowed", "flights.seats", ""),
        ("seats = ?", "not_allowed", None, ""),
        ("seats = :p", "not_allowed", None, ""),
        ("carrier[1]", "not_allowed", None, ""),
        ("[1, 2]", "not_allowed", None, ""),
        ("carrier ilike 'a'", "not_allowed", None, ""),
        ("carrier like 'a' escape 'b'", "not_allowed", None, ""),
        ("cancelled is true", "not_allowed", "cancelled is true", ""),
        ("seats ^ 2", "not_allowed", "seats ^ 2", ""),
        ("cast(carrier as varchar(3))", "not_allowed", "varchar(3)", ""),
        ("cast(carrier as blob)", "not_allowed", None, ""),
        ("case seats + 1 when 2 then 3 end", "not_allowed", "seats + 1", ""),
        ('"abs"(seats)', "not_allowed", '"abs"', "abs"),
        ("1; drop table x", "syntax", ";", ""),
        ("seats distance", "syntax", "distance", ""),
        ("drop table x", "syntax", None, ""),
        ("(seats", "syntax", None, ""),
        ("'open", "syntax", None, ""),
        ("", "syntax", None, ""),
        ("  \n", "syntax", None, ""),
        ("-- nothing", "syntax", None, ""),
        ("case when cancelled 1 end", "syntax", "1", ""),
        ("'a\0b'", "syntax", "\0", ""),
        ("'\ud800'", "syntax", "\ud800", ""),
        ("seats +\n  (1 2)", "syntax", "2", ""),
    ],
)
def test_a_rejection_points_at_its_place(
    text: str, reason: str, marked: str | None, suggestion: str
) -> None:
    (problem,) = problems(text)
    assert problem.reason == reason
    assert problem.suggestion == suggestion
    if marked is not None:
        assert text[problem.start : problem.end].strip("()") == marked.strip("()")


def test_all_problems_at_once_in_text_order() -> None:
    text = "lenght(carier) + round(seets, 99) + now()"
    found = [(p.reason, text[p.start : p.end], p.suggestion) for p in problems(text)]
    assert found == [
        ("unknown_function", "lenght", "length"),
        ("unknown_column", "carier", "carrier"),
        ("unknown_column", "seets", "seats"),
        ("not_allowed", "now()", ""),
    ]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("count(*)", "count(*)"),
        ("max(sum(seats))", "sum(seats)"),
        ("sum(seats) filter (where count() > 1)", "count()"),
        ("abs(seats) filter (where cancelled)", None),
        ("count(distinct seats)", None),
        ("sum(carrier)", "sum(carrier)"),
        ("sum(seats) filter (where seats)", "seats"),
        ("sum()", "sum()"),
        ("sum(null)", "sum(null)"),
    ],
)
def test_a_rejected_aggregate(text: str, marked: str | None) -> None:
    (problem,) = problems(text, aggregates=True)
    assert problem.reason in ("not_allowed", "type")
    assert marked is None or text[problem.start : problem.end] == marked


def test_positions_are_kept_and_do_not_count_for_equality() -> None:
    one, other = parse("seats+1", SCOPE), parse("( seats )  + 1", SCOPE)
    assert one == other
    assert hash(one) == hash(other)
    assert isinstance(one, Call)
    assert isinstance(other, Call)
    assert [(a.start, a.end) for a in one.arguments] == [(0, 5), (6, 7)]
    assert [(a.start, a.end) for a in other.arguments] == [(2, 7), (13, 14)]


def test_numbers_are_what_they_look_like() -> None:
    found = [parse(text, SCOPE) for text in ("1", "1.0", "1e0", ".1", "-2", "-2.5")]
    values = [f.value for f in found if isinstance(f, Literal)]
    assert list(map(repr, values)) == ["1", "1.0", "1.0", "0.1", "-2", "-2.5"]


def test_promotions_are_written_into_the_tree() -> None:
    assert parse("seats = 1.5", SCOPE) == Call(
        "=",
        (
            Call("cast", (Column("seats", SCOPE["seats"]),), DataType(Kind.FLOAT, False)),
            Literal(1.5, DataType(Kind.FLOAT, False)),
        ),
        DataType(Kind.BOOL, False),
    )


def test_columns_of_an_expression() -> None:
    text = "if(cancelled, distance, avg(seats) filter (where carrier = 'AA'))"
    assert columns(parse(text, SCOPE, aggregates=True)) == {
        "cancelled",
        "distance",
        "seats",
        "carrier",
    }


@pytest.mark.parametrize("name", [*FUNCTIONS, *AGGREGATES])
def test_every_function_is_documented(name: str) -> None:
    function = {**FUNCTIONS, **AGGREGATES}[name]
    assert re.fullmatch(r"\S.*\.", function.doc)
    assert function.usage
    if name in NAMED or name in AGGREGATES:
        assert function.usage.startswith(f"{name}(")


def test_spellings_of_other_engines_lead_to_functions_of_ours() -> None:
    assert set(SPELLINGS.values()) <= {*NAMED, *AGGREGATES}
    assert not set(SPELLINGS) & {*NAMED, *AGGREGATES}


def test_no_text_becomes_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """The generated source of a hostile expression differs from a benign one in nothing."""
    from onespec.specs.expressions import lower_python

    sources: list[str] = []

    def record(source: str, *rest: Any) -> Any:
        sources.append(source)
        return compile(source, *rest)

    monkeypatch.setattr(lower_python, "compile", record, raising=False)
    for name, value in (("a", "b"), ('x"]; import os #', "'''\n{0}\\ + __import__('os')")):
        scope = {name: DataType(Kind.STRING)}
        quoted_name, quoted = name.replace('"', '""'), value.replace("'", "''")
        text = f"\"{quoted_name}\" || '{quoted}' = '{quoted}{quoted}'"
        compute = lower_python.compile_row({name: parse(text, scope)})
        assert compute({name: value}) == {name: True}
    assert sources[0] == sources[1]
    assert {type(n).__name__ for n in ast.walk(ast.parse(sources[1]))}.isdisjoint({"Import"})


MENDED = {
    "departure > '2013-06-30'": "departure > timestamp '2013-06-30'",
    "'2013-06-30 12:00:00' <= departure": "timestamp '2013-06-30 12:00:00' <= departure",
    "day = '2013-06-30'": "day = date '2013-06-30'",
    "day between '2013-01-01' and '2013-06-30'": (
        "day between date '2013-01-01' and date '2013-06-30'"
    ),
    "departure = 'yesterday'": "",
    "departure > 5": "",
    "cancelled = 1": "cancelled = true",
    "cancelled <> 0": "cancelled <> false",
    "cancelled > 0": "cast(cancelled as int) > 0",
    "cancelled = seats": "cast(cancelled as int) = seats",
    "seats = cancelled": "seats = cast(cancelled as int)",
    "carrier = 5": "carrier = '5'",
    "carrier in (5, 5, 7)": "carrier in ('5', '5', '7')",
    "carrier > 15": "cast(carrier as int) > 15",
    "carrier >= 1.5": "cast(carrier as float) >= 1.5",
    "carrier between 1 and '5'": "",
    "seats < carrier": "seats < cast(carrier as int)",
    "seats > '100'": "seats > 100",
    "dep_delay > '-1'": "",
    "carrier + 2": "cast(carrier as int) + 2",
    "carrier * distance": "cast(carrier as float) * distance",
    "carrier + '-' + carrier": "carrier || '-'",
    "(carrier) + carrier": "(carrier) || carrier",
    "seats + '5'": "seats + 5",
    "seats + cancelled": "seats + cast(cancelled as int)",
    "departure + seats": "",
    "departure > '2013-06-30\n'": "",
}


@pytest.mark.parametrize(("text", "mended"), MENDED.items())
def test_what_does_not_fit_is_mended(text: str, mended: str) -> None:
    (problem,) = problems(text)
    assert problem.mended == mended
    if mended:
        parse(mended, SCOPE)


@pytest.mark.parametrize("name", ["avg", "sum", "stddev", "variance"])
def test_an_aggregate_of_strings_is_mended(name: str) -> None:
    (problem,) = problems(f"1 + {name}(carrier) filter (where cancelled)", aggregates=True)
    mended = f"{name}(cast(carrier as float)) filter (where cancelled)"
    assert problem.mended == mended
    parse(mended, SCOPE, aggregates=True)


def test_what_is_mended_has_the_types_that_it_needs() -> None:
    """Every operator with every two kinds: what is offered compiles."""
    values = [
        *(f'"{name}"' for name in SCOPE),
        "1",
        "0",
        "2.5",
        "'7'",
        "'x'",
        "true",
        "'2013-01-01'",
    ]
    offered = 0
    for operator in ("=", "<>", "<", ">=", "+", "-", "*", "/"):
        for left in values:
            for right in values:
                try:
                    parse(f"{left} {operator} {right}", SCOPE)
                except ExpressionErrors as errors:
                    for problem in errors.problems:
                        if problem.mended:
                            offered += 1
                            parse(problem.mended, SCOPE)
    assert offered > 200
