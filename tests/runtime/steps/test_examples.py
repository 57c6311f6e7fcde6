"""The spine: which rows become examples, counted, in source order, at every boundary."""

from dataclasses import replace
from pathlib import Path

import pytest

from onespec.compiler.plan import ExamplesParams, SourceTable
from onespec.runtime.errors import StepError

from .dataflow import HOUR, Dataflow, micros, program, times

NOON = micros("2024-06-01T12:00:00")


@pytest.fixture
def flow(tmp_path: Path):
    made = Dataflow(tmp_path, as_of=NOON)
    yield made
    made.close()


def orders(flow: Dataflow) -> SourceTable:
    return flow.source(
        "orders",
        {
            "id": [10, 11, 12, 13, 14, 15, 16],
            "at": times(
                None if hours is None else NOON + hours * HOUR + late
                for hours, late in ((-5, 0), (-2, 0), (None, 0), (-2, 1), (-6, 0), (-7, 0), (1, 0))
            ),
            "paid": [True, True, True, True, None, False, True],
            "delay": [1.0, 20.0, 3.0, 4.0, 5.0, 6.0, 7.0],
            "unread": ["x"] * 7,
        },
        "at",
    )


def test_rows_reasons_and_layout(flow: Dataflow) -> None:
    source = orders(flow)
    params = ExamplesParams(
        source,
        ("id", "at"),
        where=program('"paid"', "bool"),
        label=program('"delay" > 15', "bool"),
        label_available_after=2 * HOUR,
    )
    value = flow.run("examples.m", params, "source.orders")
    # Row 1 matures exactly at the instant, row 3 a microsecond later.
    assert flow.table("examples.m", "examples.parquet").to_pydict() == {
        "__row": [0, 1],
        "__time": flow.table("examples.m", "examples.parquet")["at"].to_pylist(),
        "id": [10, 11],
        "at": flow.table("examples.m", "examples.parquet")["at"].to_pylist(),
        "label": [False, True],
    }
    assert value.facts == {
        "rows": 2,
        "source_rows": 7,
        "dropped": {"no_event_time": 1, "where": 2, "immature": 2, "no_label": 0},
    }


def test_without_a_label_the_future_is_scored_and_last_is_half_open(flow: Dataflow) -> None:
    params = ExamplesParams(orders(flow), ("id",))
    flow.run("examples.m", params, "source.orders")
    assert flow.table("examples.m", "examples.parquet")["id"].to_pylist() == [
        10,
        11,
        13,
        14,
        15,
        16,
    ]
    value = flow.run("examples.m", replace(params, last=6 * HOUR), "source.orders")
    assert flow.table("examples.m", "examples.parquet")["id"].to_pylist() == [10, 11, 13]
    assert value.facts["dropped"] == {"no_event_time": 1, "outside_last": 3}


def test_consecutive_runs_share_no_example_and_lose_none(flow: Dataflow) -> None:
    params = ExamplesParams(orders(flow), ("id",), last=2 * HOUR)
    seen = []
    for hours in (-6, -4, -2, 0, 2):
        flow.at(NOON + hours * HOUR)
        flow.run("examples.m", params, "source.orders")
        seen += flow.table("examples.m", "examples.parquet")["id"].to_pylist()
    assert sorted(seen) == [10, 11, 13, 14, 15, 16]


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_label_that_is_missing_is_no_example(flow: Dataflow, missing: float | None) -> None:
    source = flow.source("s", {"at": times([0, 1, 2]), "y": [1.0, missing, 3.0]}, "at")
    value = flow.run("examples.m", ExamplesParams(source, (), label=program('"y"')), "source.s")
    assert flow.table("examples.m", "examples.parquet")["label"].to_pylist() == [1.0, 3.0]
    assert value.facts["dropped"]["no_label"] == 1


def test_no_example_at_all_is_an_error_with_counts(flow: Dataflow) -> None:
    params = ExamplesParams(orders(flow), ("id",), where=program('"delay" > 99', "bool"))
    with pytest.raises(StepError, match="no example: 7 rows") as caught:
        flow.run("examples.m", params, "source.orders")
    assert "as_of" in caught.value.remedy


def test_the_key_changes_only_with_what_the_instant_lets_through(flow: Dataflow) -> None:
    params = ExamplesParams(
        orders(flow), ("id",), label=program('"delay"'), label_available_after=HOUR
    )

    def key(as_of: int, **changes: object) -> str:
        flow.at(as_of)
        return flow.key("examples.m", replace(params, **changes), "source.orders")

    newest = NOON + HOUR
    mature = newest + HOUR
    assert key(mature) == key(mature + 1) == key(mature + 99 * HOUR)
    assert key(mature - 1) != key(mature)
    # Between two rows maturing nothing changes.
    assert key(mature - 1) == key(NOON + HOUR)
    assert key(NOON - HOUR) != key(NOON - HOUR - 1)
    last = {"last": 3 * HOUR, "label": None}
    assert key(NOON - HOUR, **last) == key(NOON, **last)
    # The oldest row within the last hours is left out at 13:00 exactly.
    assert key(NOON + HOUR - 1, **last) != key(NOON + HOUR, **last)


def test_keys_and_rows_agree_at_many_instants(flow: Dataflow) -> None:
    """Equal keys mean equal rows, and different rows different keys."""
    params = ExamplesParams(
        orders(flow), ("id",), label=program('"delay"'), label_available_after=HOUR, last=4 * HOUR
    )
    seen: dict[str, list[int]] = {}
    for step in range(-20, 30):
        flow.at(NOON + step * HOUR // 4)
        key = flow.key("examples.m", params, "source.orders")
        try:
            flow.run("examples.m", params, "source.orders")
            rows = flow.table("examples.m", "examples.parquet")["__row"].to_pylist()
        except StepError:
            rows = []
        assert seen.setdefault(key, rows) == rows
    assert len(seen) == len({tuple(rows) for rows in seen.values()}) > 5


def test_a_failing_expression_names_the_source(flow: Dataflow) -> None:
    params = ExamplesParams(orders(flow), ("id",), where=program('error("id")', "bool"))
    with pytest.raises(StepError, match="`orders`"):
        flow.run("examples.m", params, "source.orders")


def test_a_column_named_like_the_label_is_refused(flow: Dataflow) -> None:
    source = flow.source("s", {"at": times([0]), "label": [1.0]}, "at")
    params = ExamplesParams(source, ("label",), label=program('"label"'))
    with pytest.raises(StepError, match="column `label`"):
        flow.run("examples.m", params, "source.s")


def test_it_is_the_same_to_the_byte(flow: Dataflow) -> None:
    params = ExamplesParams(orders(flow), ("id", "at"), label=program('"delay"'))
    blobs = {
        flow.run("examples.m", params, "source.orders").files["examples.parquet"].sha256
        for _ in range(3)
    }
    assert len(blobs) == 1
