"""Views through the step: filters, prepared columns, own rows, ties, against plain loops."""

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from onespec.compiler.plan import (
    AggregateProgram,
    Column,
    ExamplesParams,
    Feature,
    FeaturesParams,
    FieldProgram,
    SourceTable,
    ViewProgram,
)
from onespec.runtime.errors import StepError

from .dataflow import DAY, HOUR, Dataflow, micros, program, row_view, times, window_view

SPRING = micros("2013-03-10T01:30:00-05:00")  # half an hour before the clocks of New York go on
AUTUMN = micros("2013-11-03T01:30:00-04:00")  # and half an hour before they go back


@pytest.fixture
def flow(tmp_path: Path):
    made = Dataflow(tmp_path, as_of=micros("2030-01-01T00:00:00"))
    yield made
    made.close()


def examples(flow: Dataflow, source: SourceTable, *columns: str, where: Any = None) -> None:
    params = ExamplesParams(source, columns, where=where)
    flow.run("examples.m", params, f"source.{source.name}")


def features(flow: Dataflow, view: ViewProgram, examples_source: str) -> dict[str, list[Any]]:
    inputs = ["examples.m"] + ([f"source.{view.source.name}"] if view.source else [])
    value = flow.run("features.m.view", FeaturesParams(view, examples_source), *inputs)
    table = flow.table("features.m.view", "features.parquet")
    assert table.column_names == [feature.reference for feature in view.features]
    assert table.num_rows == flow.values["examples.m"].facts["rows"] == value.facts["rows"]
    return {name: table[name].to_pylist() for name in table.column_names}


@pytest.mark.parametrize("change", [SPRING, AUTUMN])
def test_latest_at_the_boundaries_around_a_clock_change(flow: Dataflow, change: int) -> None:
    asked = flow.source(
        "asked",
        {
            "who": ["a", "a", "a", "b", None, "a", "a"],
            "at": times(
                change + hours * HOUR - early
                for hours, early in ((1, 0), (1, 1), (4, 0), (1, 0), (0, 0), (4, 1), (2, 0))
            ),
        },
        "at",
    )
    seen = flow.source(
        "seen",
        {
            "who": ["a", "a", "c", None],
            "at": times([change, change + HOUR, change, change]),
            "temp": [1.0, None, 3.0, 4.0],
        },
        "at",
    )
    examples(flow, asked, "who")
    fields = {"temp": program('"temp" * 2'), "cold": program('coalesce("temp", 0) < 5', "bool")}
    view = row_view(seen, ("who",), fields, available_after=HOUR, ttl=3 * HOUR)
    found = features(flow, view, "asked")
    # Known from an hour after its time on; three hours old it is too old; the newer row is null.
    assert found["view.temp"] == [2.0, None, None, None, None, None, None]
    # A row with a null gives the expression's value; no row gives null.
    assert found["view.cold"] == [True, None, None, None, None, True, True]


def test_the_newest_row_that_passes_the_filter(flow: Dataflow) -> None:
    asked = flow.source("asked", {"who": [1, 2], "at": times([100, 100])}, "at")
    seen = flow.source(
        "seen",
        {
            "who": [1, 1, 1, 2],
            "at": times([10, 20, 30, 10]),
            "x": [1, 2, 3, 4],
            "ok": [True, True, None, False],
        },
        "at",
    )
    examples(flow, asked, "who")
    view = row_view(seen, ("who",), {"x": program('"x"', "int")}, where=program('"ok"', "bool"))
    assert features(flow, view, "asked") == {"view.x": [2, None]}


def test_ties_are_broken_by_the_declared_column_or_rejected_with_rows(flow: Dataflow) -> None:
    asked = flow.source("asked", {"who": [1], "at": times([100])}, "at")
    examples(flow, asked, "who")
    table = {"who": [1, 1], "at": times([10, 10]), "fixed": times([5, 3]), "x": [1, 2]}
    fields = {"x": program('"x"', "int")}
    corrected = row_view(flow.source("seen", table, "at", "fixed"), ("who",), fields)
    assert features(flow, corrected, "asked") == {"view.x": [1]}
    tied = row_view(flow.source("seen", table, "at"), ("who",), fields)
    with pytest.raises(StepError, match="view `view`: several rows share") as caught:
        features(flow, tied, "asked")
    assert [row["__row"] for row in caught.value.rows] == [0, 1]


def test_a_static_table_and_one_with_two_rows_for_a_key(flow: Dataflow) -> None:
    asked = flow.source("asked", {"who": ["a", None, "z", "b"], "at": times(range(4))}, "at")
    examples(flow, asked, "who")
    fields = {"age": program('2013 - "year"', "int")}
    planes = flow.source("planes", {"who": ["b", "a"], "year": [2000, None]})
    assert features(flow, row_view(planes, ("who",), fields), "asked") == {
        "view.age": [None, None, None, 13]
    }
    double = flow.source("planes", {"who": ["b", "b"], "year": [2000, 2001]})
    with pytest.raises(StepError, match="several rows share"):
        features(flow, row_view(double, ("who",), fields), "asked")


COUNTS = (
    AggregateProgram("_a0", "count", None, None),
    AggregateProgram("_a1", "sum", "_v0", None),
    AggregateProgram("_a2", "count", None, "_v1"),
)
FIELDS = {
    "n": program('"_a0"', "int"),
    "mean": program('"_a1" / "_a0"'),
    "big": program('coalesce("_a2", 0) / "_a0"'),
}
PREPARE = {"_v0": program('"x" + 1', "int"), "_v1": program('"x" > 5', "bool")}
WINDOWS = {"1h": HOUR, "1d": DAY}


def plain_windows(
    events: list[dict[str, Any]], asked: dict[str, Any], length: int, lag: int
) -> list[dict[str, Any]]:
    return [
        row
        for row in events
        if row["who"] is not None
        and row["who"] == asked["who"]
        and row["at"] is not None
        and asked["at"] - length <= row["at"]
        and row["at"] + lag <= asked["at"]
        and row["keep"]
        and row is not asked
    ]


@pytest.mark.parametrize("lag", [0, HOUR // 2])
@pytest.mark.parametrize("seed", range(4))
def test_windows_over_the_examples_own_source_equal_plain_loops(
    flow: Dataflow, seed: int, lag: int
) -> None:
    """The filter drops rows, examples are some of the rows, times tie: own rows still match."""
    rng = random.Random(seed)
    events = [
        {
            "who": rng.choice(["a", "b", None]),
            "at": rng.choice([None, SPRING + rng.randrange(9) * HOUR // 2]),
            "x": rng.choice([None, 1, 3, 9]),
            "keep": rng.choice([True, True, False]),
            "example": rng.random() < 0.7,
        }
        for _ in range(60)
    ]
    table = {name: [row[name] for row in events] for name in ("who", "x", "keep", "example")}
    source = flow.source("s", {**table, "at": times(row["at"] for row in events)}, "at")
    examples(flow, source, "who", where=program('"example"', "bool"))
    view = window_view(
        source, ("who",), FIELDS, COUNTS, WINDOWS,
        prepare=PREPARE, where=program('"keep"', "bool"), available_after=lag,
    )  # fmt: skip
    found = features(flow, view, "s")
    asked = [row for row in events if row["example"] and row["at"] is not None]
    for name, length in WINDOWS.items():
        members = [plain_windows(events, row, length, lag) for row in asked]
        known = [[r["x"] + 1 for r in rows if r["x"] is not None] for rows in members]
        assert found[f"view.n_{name}"] == [len(rows) for rows in members]
        assert found[f"view.mean_{name}"] == [
            sum(xs) / len(rows) if xs else None for xs, rows in zip(known, members, strict=True)
        ]
    # Negative control: were own rows seen, the counts would differ.
    if lag == 0:
        others = features(flow, view, "another source")
        assert others["view.n_1h"] != found["view.n_1h"]


def test_composite_keys_and_hostile_names(flow: Dataflow) -> None:
    odd, key = 'x"y\n--', "select"
    asked = flow.source("asked", {odd: [1, 1], key: ["p", "q"], "at": times([10, 10])}, "at")
    seen = flow.source(
        "seen", {odd: [1, 1], key: ["p", "q"], "_v0": [5, 6], "at": times([1, 2])}, "at"
    )
    examples(flow, asked, odd, key)
    view = row_view(seen, (odd, key), {"x": program('"_v0" + 1', "int")})
    assert features(flow, view, "asked") == {"view.x": [6, 7]}


def test_on_demand_reads_the_request_in_its_declared_types(flow: Dataflow) -> None:
    asked = flow.source(
        "asked", {"distance": [1, None, 3], "at": times([SPRING, AUTUMN, AUTUMN + HOUR])}, "at"
    )
    examples(flow, asked, "distance", "at")
    fields = (
        FieldProgram("hour", program('hour("at")', "int")),
        FieldProgram("half", program('"distance" / 2')),
    )
    view = ViewProgram(
        "view",
        "on_demand",
        tuple(Feature(f"view.{f.name}", f.result.type, True, "view", f.name) for f in fields),
        fields,
        inputs=(Column("distance", "float"), Column("at", "timestamp")),
    )
    assert features(flow, view, "asked") == {
        "view.hour": [6, 5, 6],
        "view.half": [0.5, None, 1.5],
    }


def test_an_expression_that_fails_names_the_view(flow: Dataflow) -> None:
    asked = flow.source("asked", {"who": [1], "at": times([100])}, "at")
    examples(flow, asked, "who")
    view = row_view(asked, ("who",), {"x": program('error("who")', "int")})
    with pytest.raises(StepError, match="view `view`"):
        features(flow, view, "asked")


def test_a_source_without_rows_gives_nulls_and_zeros(flow: Dataflow) -> None:
    asked = flow.source("asked", {"who": ["a"], "at": times([100])}, "at")
    empty = {"who": pa.array([], pa.string()), "at": times([]), "x": pa.array([], pa.int64())}
    seen = flow.source("seen", empty, "at")
    examples(flow, asked, "who")
    assert features(flow, row_view(seen, ("who",), {"x": program('"x"', "int")}), "asked") == {
        "view.x": [None]
    }
    view = window_view(seen, ("who",), FIELDS, COUNTS, WINDOWS, prepare=PREPARE)
    found = features(flow, view, "asked")
    assert found["view.n_1h"] == found["view.n_1d"] == [0]
    assert found["view.mean_1d"] == [None]
