"""Conditions are never said to be impossible that some row fulfils."""

from itertools import product

import pytest

from onespec.compiler.domains import Domain
from onespec.compiler.outcomes import outcomes
from onespec.specs.expressions.lower_python import compile_row
from onespec.specs.expressions.parse import parse
from onespec.specs.types import DataType, Kind

TESTS = {"a": Domain(accepted=("x", "y")), "i": Domain(low=0, high=3), "f": Domain(low=0, high=3)}
SCOPE = {
    "a": DataType(Kind.STRING, nullable=False),
    "i": DataType(Kind.INT, nullable=False),
    "f": DataType(Kind.FLOAT, nullable=True),
    "b": DataType(Kind.BOOL, nullable=True),
}
ROWS = [
    dict(zip(SCOPE, values, strict=True))
    for values in product("xy", range(4), (0.0, 0.5, 1.0, 2.5, 3.0, None), (True, False, None))
]
POSSIBLE = [
    "a = 'x'", "a <> 'x'", "a in ('x', 'z')", "a < 'y'", "'x' < a", "a between 'x' and 'xx'",
    "i = 3", "3 = i", "i <> 0", "i in (0, 9)", "i >= 3", "0 < i", "i > 2.5", "i between 2 and 9",
    "f = 3", "f <> 1", "f < 0.5", "f is null", "not (f > 3)", "f between 3 and 4", "b",
    "b = true", "not b", "b and i > 2", "a = 'z' or f < 1", "i > 5 or b is null",
    "f is not null and i < 1", "coalesce(b, false)",
]  # fmt: skip
IMPOSSIBLE = [
    "a = 'z'", "a in ('z', 'w')", "not (a in ('x', 'y'))", "a > 'y'", "a is null", "i = 4",
    "4 = i", "i in (8, 9)", "i < 0", "3 < i", "i > 3.5", "i between 4 and 9", "i between 2 and 1",
    "f > 3", "not (f <= 3)", "b and a = 'z'", "i > 3 or f < 0", "i is null and b", "false",
]  # fmt: skip


def _found(text: str) -> set[bool | None]:
    compute = compile_row({"it": parse(text, SCOPE)})
    return {compute(row)["it"] for row in ROWS}


@pytest.mark.parametrize("text", [*POSSIBLE, *IMPOSSIBLE])
def test_what_some_row_gives_is_an_outcome(text: str) -> None:
    assert _found(text) <= outcomes(parse(text, SCOPE), TESTS)


@pytest.mark.parametrize("text", IMPOSSIBLE)
def test_what_no_row_fulfils_is_impossible(text: str) -> None:
    assert True not in _found(text)
    assert True not in outcomes(parse(text, SCOPE), TESTS)


@pytest.mark.parametrize("text", POSSIBLE)
def test_what_some_row_fulfils_is_possible(text: str) -> None:
    assert True in _found(text)
    assert True in outcomes(parse(text, SCOPE), TESTS)


def test_nothing_is_concluded_where_nothing_is_tested() -> None:
    assert True in outcomes(parse("a = 'z' and i > 9", SCOPE), {})
