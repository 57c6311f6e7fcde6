"""Literals: they mean the value, whatever it holds, and stand as a formatter would leave them."""

import ast
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onespec.targets.python_text import (
    Call,
    Code,
    python_comment,
    python_lines,
    python_literal,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES: st.SearchStrategy[Any] = st.recursive(
    TEXTS | PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(TEXTS, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_a_literal_is_the_value_and_takes_one_line(value: object) -> None:
    text = python_literal(value)
    assert ast.literal_eval(text) == value
    assert len(text.splitlines()) <= 1
    assert text.isprintable()


@given(VALUES)
def test_lines_are_the_value(value: object) -> None:
    assert ast.literal_eval("\n".join(python_lines(value))) == value


@pytest.mark.parametrize(
    "value",
    [
        timedelta(days=3),
        timedelta(hours=36),
        timedelta(seconds=90),
        timedelta(microseconds=1_500_001),
        timedelta(0),
        datetime(2026, 1, 2, tzinfo=UTC),
        datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_times_are_themselves(value: object) -> None:
    names = {"timedelta": timedelta, "datetime": datetime, "timezone": timezone}
    assert eval(python_literal(value), names) == value


def test_what_has_no_literal_is_refused() -> None:
    with pytest.raises(TypeError, match="set has no literal"):
        python_literal([{1}])


def test_a_comment_stays_on_its_line() -> None:
    assert python_comment("a\nimport os", "  ") == "  # a␊import os"


def test_a_formatter_changes_nothing() -> None:
    values = [
        {"a": "it's", "b": 'say "no"', "c": ["x" * 30, "y" * 30, "z" * 30], "d": ("one",)},
        Call("step", ["s" * 40], {"needs": ["n" * 30, "m" * 30], "pool": None}),
        Call("DAG", [], {"doc_md": Code("__doc__"), "start": datetime(2026, 1, 2, tzinfo=UTC)}),
        [],
        "\x00\t\u2028é",
    ]
    text = "\n".join(line for value in values for line in python_lines(value, "value = ")) + "\n"
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    assert done.stdout == text
    unformatted = text.replace("value = []", "value = [ ]")
    done = subprocess.run(command, input=unformatted, capture_output=True, text=True, check=True)
    assert done.stdout == text, "the control: a formatter does change what is not formatted"
