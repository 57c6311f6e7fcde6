"""Training sets: columns in the order asked for, and parts that never share an instant."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onespec.compiler.plan import (
    ExamplesParams,
    FeaturesParams,
    SourceTable,
    Split,
    TrainingSetParams,
    ViewProgram,
)
from onespec.runtime.errors import StepError
from onespec.runtime.features.split import LEFT_OUT, split_by_time, split_randomly

from .dataflow import Dataflow, micros, program, row_view, times


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Dataflow]:
    made = Dataflow(tmp_path, as_of=micros("2030-01-01T00:00:00"))
    yield made
    made.close()


def prepared(flow: Dataflow, instants: list[int]) -> tuple[SourceTable, ViewProgram]:
    rows = len(instants)
    source = flow.source(
        "s",
        {
            "who": [i % 3 for i in range(rows)],
            "at": times(instants),
            "y": [i % 4 == 0 for i in range(rows)],
        },
        "at",
    )
    facts = flow.source("facts", {"who": [0, 1], "x": [1.5, None], "z": ["a", "b"]})
    view = row_view(facts, ("who",), {"x": program('"x"'), "z": program('"z"', "string")})
    params = ExamplesParams(source, ("who",), label=program('"y"', "bool"))
    flow.run("examples.m", params, "source.s")
    flow.run("features.m.view", FeaturesParams(view, "s"), "examples.m", "source.facts")
    return source, view


def make(flow: Dataflow, view: ViewProgram, split: Split) -> dict[str, list[Any]]:
    features = (view.features[1], view.features[0])
    flow.run("set", TrainingSetParams(features, split), "examples.m", "features.m.view")
    return flow.table("set", "training_set.parquet").to_pydict()


def test_layout_and_facts(flow: Dataflow) -> None:
    _, view = prepared(flow, [70, 10, 20, 30, 40, 50, 60, 80, 90, 100])
    table = make(flow, view, Split("time", 0.6, 0.2, 0.2))
    assert list(table) == [
        "__row", "__time", "who", "label", "view.z", "view.x", "__split",
    ]  # fmt: skip
    assert table["__row"] == list(range(10))
    assert table["view.x"] == [[1.5, None, None][i % 3] for i in range(10)]
    train, validation, test = "train", "validation", "test"
    assert table["__split"] == [
        validation, train, train, train, train, train, train, validation, test, test,
    ]  # fmt: skip
    assert flow.values["set"].facts == {
        "rows": 10,
        "gap_rows": 0,
        "rows_by_split": {"train": 6, "validation": 2, "test": 2},
        "label_mean": {"train": pytest.approx(1 / 6), "validation": 0.5, "test": 0.5},
        "null_share": {"view.z": 0.3, "view.x": 0.6},
    }


def test_a_gap_leaves_rows_out(flow: Dataflow) -> None:
    _, view = prepared(flow, list(range(0, 100, 10)))
    table = make(flow, view, Split("time", 0.5, 0.3, 0.2, gap=10))
    # The row exactly a gap after the cut is kept.
    assert table["__row"] == [0, 1, 2, 3, 4, 6, 7, 9]
    assert table["__split"] == ["train"] * 5 + ["validation"] * 2 + ["test"]
    assert flow.values["set"].facts["gap_rows"] == 2


def test_a_part_without_rows_is_an_error(flow: Dataflow) -> None:
    _, view = prepared(flow, [5] * 10)
    with pytest.raises(StepError, match="no row for train and validation"):
        make(flow, view, Split("time", 0.6, 0.2, 0.2))


def test_it_is_the_same_to_the_byte(flow: Dataflow) -> None:
    _, view = prepared(flow, list(range(100)))
    blobs = set()
    for split in (Split("random", 0.6, 0.2, 0.2, seed=3), Split("random", 0.6, 0.2, 0.2, seed=3)):
        make(flow, view, split)
        blobs.add(flow.values["set"].files["training_set.parquet"].sha256)
    assert len(blobs) == 1


def shares(parts: np.ndarray) -> list[float]:
    return [float(np.mean(parts == place)) for place in range(3)]


@pytest.mark.parametrize("seed", range(20))
def test_time_parts_are_in_order_and_never_share_an_instant(seed: int) -> None:
    rng = np.random.default_rng(seed)
    instants = rng.integers(0, 50, 400)
    gap = int(rng.integers(0, 5))
    parts = split_by_time(instants, Split("time", 0.7, 0.15, 0.15, gap=gap))
    for place in (1, 2):
        earlier = instants[(parts >= 0) & (parts < place)]
        later = instants[parts == place]
        assert earlier.max() + gap < later.min() + (gap == 0)
        assert earlier.max() < later.min()
    assert (parts == LEFT_OUT).any() == (gap > 0)
    # Ties move a cut by the rows of one instant at most.
    if gap == 0:
        np.testing.assert_allclose(shares(parts), [0.7, 0.15, 0.15], atol=0.05)


@pytest.mark.parametrize(
    ("split", "present"),
    [((0.8, 0.0, 0.2), {0, 2}), ((0.8, 0.2, 0.0), {0, 1}), ((1.0, 0.0, 0.0), {0})],
)
def test_parts_without_a_share_get_no_row(
    split: tuple[float, float, float], present: set[int]
) -> None:
    rows = np.arange(1000)
    assert set(split_by_time(rows, Split("time", *split))) == present
    assert set(split_randomly(rows, Split("random", *split))) == present


def test_a_random_part_stays_when_rows_come_and_go() -> None:
    split = Split("random", 0.7, 0.15, 0.15, seed=7)
    all_rows = split_randomly(np.arange(20_000), split)
    np.testing.assert_allclose(shares(all_rows), [0.7, 0.15, 0.15], atol=0.01)
    some = np.arange(0, 20_000, 3)
    assert (split_randomly(some, split) == all_rows[some]).all()
    other = split_randomly(np.arange(20_000), Split("random", 0.7, 0.15, 0.15, seed=8))
    assert 0.3 < float(np.mean(other != all_rows)) < 0.6
