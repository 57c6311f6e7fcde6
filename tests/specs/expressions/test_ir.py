"""The JSON of the plan: compact, stable, and strict on the way back."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from onespec.specs.expressions.ir import Literal, from_json, to_json
from onespec.specs.expressions.parse import parse
from onespec.specs.types import DataType, Kind

SCOPE = {"x": DataType(Kind.FLOAT), "t": DataType(Kind.TIMESTAMP, nullable=False)}


def test_the_form() -> None:
    expression = parse(
        "avg(x) filter (where t >= timestamp '2013-01-01 05:00:00')", SCOPE, aggregates=True
    )
    assert to_json(expression) == [
        "aggregate",
        "float?",
        "avg",
        ["column", "float?", "x"],
        [
            "call",
            "bool",
            ">=",
            ["column", "timestamp", "t"],
            ["literal", "timestamp", "2013-01-01T05:00:00"],
        ],
    ]
    assert to_json(parse("count()", SCOPE, aggregates=True)) == [
        "aggregate",
        "int",
        "count",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, Kind.BOOL),
        (1, Kind.INT),
        (-(2**63), Kind.INT),
        (1.0, Kind.FLOAT),
        (0.1, Kind.FLOAT),
        (float("inf"), Kind.FLOAT),
        (float("-inf"), Kind.FLOAT),
        ('it\'s "é"\n', Kind.STRING),
        (datetime(2013, 1, 1, 5, 15, 0, 1, tzinfo=UTC), Kind.TIMESTAMP),
        (date(2013, 1, 1), Kind.DATE),
        (3_600_000_000, Kind.INTERVAL),
        (None, Kind.STRING),
    ],
)
def test_a_value_survives_strict_json(value: Any, kind: Kind) -> None:
    literal = Literal(value, DataType(kind, nullable=value is None))
    text = json.dumps(to_json(literal), allow_nan=False)
    back = from_json(json.loads(text))
    assert back == literal
    assert isinstance(back, Literal)
    assert type(back.value) is type(value)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        "x",
        ["column", "float?"],
        ["column", "text", "x"],
        ["column", "float?", 1],
        ["literal", "int", True],
        ["literal", "int", 1.5],
        ["literal", "bool", 1],
        ["literal", "string", 1],
        ["literal", "float", "one"],
        ["literal", "timestamp", "yesterday"],
        ["literal", "date", 20130101],
        ["call", "int", "abs", "x"],
        ["call", "int", "system", ["column", "int", "x"]],
        ["aggregate", "int", "abs", None, None],
        ["aggregate", "int", "count"],
        ["subquery", "int", "select 1"],
    ],
)
def test_other_json_is_rejected(data: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(data)
