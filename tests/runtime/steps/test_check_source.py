"""Data tests of a source: counts, samples, levels; a planted fault is always found."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from onespec.compiler.plan import CheckSourceParams, DataCheck, SourceTable
from onespec.runtime.errors import StepError

from .dataflow import DAY, HOUR, Dataflow, micros, times

NOON = micros("2024-06-01T12:00:00")
GOOD = {
    "id": [1, 2, 3, None],
    "part": ["a", "a", "b", "b"],
    "x": [0.0, 5.0, None, 10.0],
    "at": [NOON - DAY, NOON - 2 * DAY, None, NOON - 3 * DAY],
}


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Dataflow]:
    made = Dataflow(tmp_path, as_of=NOON)
    yield made
    made.close()


def source(flow: Dataflow, **changes: list[Any]) -> SourceTable:
    table = {**GOOD, **changes}
    return flow.source("s", {**table, "at": times(table["at"])}, "at")


def check(flow: Dataflow, found: SourceTable, *checks: DataCheck) -> list[dict[str, Any]]:
    value = flow.run("check.s", CheckSourceParams(found, checks), "source.s")
    report = json.loads(flow.workspace.file(value, "report.json").read_text())
    assert report["rows"] == value.facts["rows"] == 4
    assert value.facts["tests"] == len(report["tests"]) == len(checks)
    return report["tests"]


@pytest.mark.parametrize(
    ("test", "fault", "failing", "sample"),
    [
        (DataCheck("not_null", ("part",)), {"part": ["a", None, "b", None]}, 2, [1, 3]),
        (DataCheck("unique", ("id",)), {"id": [1, 2, 1, 2]}, 2, [0, 1, 2, 3]),
        (DataCheck("unique", ("part", "x")), {"x": [1.0, 1.0, 1.0, 2.0]}, 1, [0, 1]),
        (DataCheck("in_range", ("x",), 0, 10), {"x": [-0.5, 1.0, 10.5, None]}, 2, [0, 2]),
        (DataCheck("in_range", ("x",), 0), {"x": [float("nan"), 1.0, 1e9, None]}, 1, [0]),
        (DataCheck("in_range", ("id",), maximum=3), {"id": [4, 2**62, 1, None]}, 2, [0, 1]),
        (DataCheck("accepted", ("part",), values=("a", "b")), {"part": list("abc'")}, 2, [2, 3]),
        (DataCheck("accepted", ("id",), values=(1, 2, 3)), {"id": [1, 2, 9, None]}, 1, [2]),
        (DataCheck("row_count", minimum=4, maximum=4), None, 0, []),
        (DataCheck("fresh", within=DAY), {"at": [NOON - DAY - 1] * 4}, 0, []),
    ],
)
def test_good_rows_pass_and_planted_faults_are_found(
    flow: Dataflow, test: DataCheck, fault: dict[str, Any] | None, failing: int, sample: list[int]
) -> None:
    (good,) = check(flow, source(flow), test)
    assert good["ok"]
    assert good["failing"] == 0
    assert good["sample"] == []
    if fault is None:
        return
    with pytest.raises(StepError, match="source `s` fails 1 of its data tests") as caught:
        check(flow, source(flow, **fault), test)
    assert [row["__row"] for row in caught.value.rows] == sample
    warned = DataCheck(
        test.kind, test.columns, test.minimum, test.maximum, test.values, test.within, "warn"
    )
    (bad,) = check(flow, source(flow, **fault), warned)
    assert (bad["ok"], bad["failing"]) == (False, failing)
    assert [row["__row"] for row in bad["sample"]] == sample
    assert flow.values["check.s"].facts["warned"] == 1


def test_too_few_and_too_many_rows(flow: Dataflow) -> None:
    for bounds in ({"minimum": 5.0}, {"maximum": 3.0}):
        with pytest.raises(StepError, match="4 rows"):
            check(flow, source(flow), DataCheck("row_count", **bounds))


def test_all_failures_are_told_at_once_and_warnings_do_not_stop(flow: Dataflow) -> None:
    found = source(flow, x=[-1.0, 2.0, 3.0, 4.0])
    with pytest.raises(StepError, match="fails 2 of") as caught:
        check(
            flow,
            found,
            DataCheck("in_range", ("x",), 0),
            DataCheck("accepted", ("part",), values=("a",)),
            DataCheck("not_null", ("id",), level="warn"),
        )
    assert "x is in [0, ]: 1 of 4 rows" in caught.value.message
    assert "2 of 4 rows" in caught.value.message


def test_a_column_tested_as_never_null_may_be_locked_so(flow: Dataflow) -> None:
    """The plan takes it as never null; the test has to say that it is not, with the rows."""
    table = pa.table({"x": pa.array([1, None])})
    found = flow.source("t", table)
    locked = tuple(type(c)(c.name, c.type, nullable=False) for c in found.columns)
    source_table = SourceTable("t", "parquet", "t.parquet", locked)
    params = CheckSourceParams(source_table, (DataCheck("not_null", ("x",)),))
    with pytest.raises(StepError, match="x is never null: 1 of 2"):
        flow.run("check.t", params, "source.t")


def test_the_key_knows_the_instant_only_as_fresh_or_stale(flow: Dataflow) -> None:
    found = source(flow)
    fresh = CheckSourceParams(found, (DataCheck("fresh", within=2 * DAY, level="warn"),))
    keys = []
    for hours in (0, 1, 24, 25, 100):
        flow.at(NOON + hours * HOUR)
        keys.append(flow.key("check.s", fresh, "source.s"))
    assert keys[0] == keys[1] == keys[2] != keys[3] == keys[4]
    plain = CheckSourceParams(found, (DataCheck("not_null", ("part",)),))
    assert flow.key("check.s", plain, "source.s") == flow.key("check.s", plain, "source.s")


def test_hostile_names_and_values_stay_inert(flow: Dataflow) -> None:
    odd = "x\"') or true --\n"
    found = flow.source("s", {odd: ["a", "'); drop table input --", "c", None]})
    accepted = DataCheck("accepted", (odd,), values=("a", "'); drop table input --", "c"))
    assert check(flow, found, accepted, DataCheck("unique", (odd,)))[0]["ok"]


def test_a_test_that_makes_no_sense_is_told(flow: Dataflow) -> None:
    with pytest.raises(StepError, match="cannot be run"):
        check(flow, source(flow), DataCheck("in_range", ("part",), 0, 1))
