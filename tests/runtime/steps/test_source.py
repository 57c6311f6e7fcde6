"""The step `source`: what it records, and when its key changes."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onespec.compiler.plan import Column, SourceParams, SourceTable
from onespec.runtime.sources.open_source import open_source
from onespec.runtime.sources.problem import SourceError
from onespec.runtime.workspace import StepInputs

from .dataflow import Dataflow


def test_facts_and_key_follow_the_content(tmp_path: Path) -> None:
    flow = Dataflow(tmp_path)
    found = flow.source("s", {"x": [1, 2, 3]})
    facts = flow.values["source.s"].facts
    assert facts["rows"] == 3
    assert facts["files"] == 1
    assert facts["bytes"] == (flow.project / "s.parquet").stat().st_size
    before = flow.key("source.s", SourceParams(found))
    assert before == flow.values["source.s"].key
    pq.write_table(pa.table({"x": [1, 2, 4]}), flow.project / "s.parquet")
    assert flow.key("source.s", SourceParams(found)) != before
    flow.close()


def test_a_changed_schema_and_unreadable_text_stop_here(tmp_path: Path) -> None:
    flow = Dataflow(tmp_path)
    found = flow.source("s", {"x": [1, 2, 3]})
    pq.write_table(pa.table({"x": ["1"]}), flow.project / "s.parquet")
    with pytest.raises(SourceError, match="`x` as string"):
        flow.run("source.s", SourceParams(found))
    (flow.project / "t.csv").write_text("x\n1\nmany\n")
    text = SourceTable("t", "csv", "t.csv", (Column("x", "int"),))
    with pytest.raises(SourceError, match="no int") as caught:
        flow.run("source.t", SourceParams(text))
    assert caught.value.rows == ({"row": 2, "x": "many"},)
    flow.close()


def test_files_that_change_while_the_plan_runs_are_not_used(tmp_path: Path) -> None:
    flow = Dataflow(tmp_path)
    found = flow.source("s", {"x": [1, 2, 3]})
    inputs = StepInputs("key", {"source.s": flow.values["source.s"]})
    assert open_source(found, inputs, flow.workspace)["x"].to_pylist() == [1, 2, 3]
    pq.write_table(pa.table({"x": [1, 2, 4]}), flow.project / "s.parquet")
    with pytest.raises(SourceError, match="changed while"):
        open_source(found, inputs, flow.workspace)
    flow.close()
