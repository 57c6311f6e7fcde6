"""The prediction log: nothing half-written, nothing lost unsaid, no request that waits for it."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onespec.compiler.interfaces.log import request_column
from onespec.compiler.plan import Column, Feature
from onespec.runtime.errors import StoreError
from onespec.runtime.prediction_log.entry import LogEntry
from onespec.runtime.prediction_log.in_folder import FolderLog
from onespec.runtime.prediction_log.read import read_log
from onespec.runtime.prediction_log.schema import log_schema
from onespec.runtime.prediction_log.write import LogWriter

DAY = 86_400_000_000
NOON = int(datetime(2013, 12, 31, 12, tzinfo=UTC).timestamp()) * 1_000_000
COLUMNS = (Column("origin", "string"), Column("model", "string"), Column("day", "date"))
FEATURES = (
    Feature("weather.temp", "float", True, "weather", "temp"),
    Feature("weather.rain", "bool", True, "weather", "rain"),
    Feature("load.count", "int", True, "load", "count"),
)
SCHEMA = log_schema(COLUMNS, FEATURES, ["weather"])


def entry(request: str, row: int = 0, **changes: Any) -> LogEntry:
    made = LogEntry(
        request_id=request,
        row=row,
        time=NOON,
        endpoint="api",
        model="late",
        version=3,
        value_key="k",
        columns={"origin": "JFK", "model": "737", "day": date(2013, 12, 31)},
        features={"weather.temp": 1.5, "weather.rain": None, "load.count": 4},
        score=0.25,
        latency=0.002,
        event_times={"weather": NOON - 5},
        valid_at={"weather": NOON - 1},
    )
    return replace(made, **changes)


def writer(folder: Path, **changes: Any) -> LogWriter:
    return LogWriter(FolderLog(folder), SCHEMA, **({"flush_seconds": 0.05} | changes))


def test_everything_comes_back_typed(tmp_path: Path) -> None:
    log = writer(tmp_path / "api", flush_seconds=60)
    log.append([entry("b"), entry("a", 1, degraded=("weather: missing",), score=None, error="no")])
    log.close()
    table = read_log(FolderLog(tmp_path / "api"))
    assert table.schema.field("time").type == pa.timestamp("us", "UTC")
    assert [r["request_id"] for r in table.to_pylist()] == ["a", "b"]
    refused, answered = table.to_pylist()
    assert answered["model"] == "late"
    assert answered[request_column("model")] == "737"
    assert answered["day"] == date(2013, 12, 31)
    assert (answered["weather.temp"], answered["weather.rain"], answered["load.count"]) == (
        1.5,
        None,
        4,
    )
    assert answered["__event_time.weather"].timestamp() * 1e6 == NOON - 5
    assert (answered["degraded"], answered["error"]) == ([], None)
    assert (refused["score"], refused["degraded"]) == (None, ["weather: missing"])
    (segment,) = (tmp_path / "api" / "date=2013-12-31").iterdir()
    assert pq.read_schema(segment).metadata[b"onespec.log"] == b"1"


def test_reads_a_span_of_time_across_days(tmp_path: Path) -> None:
    log = writer(tmp_path / "api")
    log.append([entry(f"r{n}", time=NOON + n * DAY // 4) for n in range(8)])
    log.close()
    assert len(list((tmp_path / "api").iterdir())) == 3

    def asked(start: int | None, end: int | None) -> list[str]:
        table = read_log(FolderLog(tmp_path / "api"), start, end, columns=["request_id"])
        assert table.column_names == ["request_id"]
        return [str(name) for name in table.column(0).to_pylist()]

    assert asked(None, None) == [f"r{n}" for n in range(8)]
    assert asked(NOON + DAY // 4, NOON + DAY) == ["r1", "r2", "r3"]
    assert asked(NOON + DAY, None) == ["r4", "r5", "r6", "r7"]
    assert asked(NOON + 9 * DAY, None) == []


def test_an_absent_log_is_empty(tmp_path: Path) -> None:
    table = read_log(FolderLog(tmp_path / "none"), 0, 1)
    assert table.num_rows == 0
    assert {"request_id", "time", "score", "latency", "degraded"} <= set(table.column_names)


def test_segments_of_several_plans_are_one_table(tmp_path: Path) -> None:
    old = log_schema(COLUMNS[:1], [replace(FEATURES[2], type="int")])
    new = log_schema(COLUMNS, [replace(FEATURES[2], type="float"), FEATURES[0]])
    for place, schema in enumerate((old, new)):
        log = LogWriter(FolderLog(tmp_path / "api"), schema)
        log.append([entry(f"r{place}", time=NOON + place)])
        log.close()
    first, second = read_log(FolderLog(tmp_path / "api")).to_pylist()
    assert (first["load.count"], second["load.count"]) == (4.0, 4.0)
    assert (first["weather.temp"], second["weather.temp"]) == (None, 1.5)
    clash = LogWriter(FolderLog(tmp_path / "api"), log_schema([Column("origin", "int")], ()))
    clash.append([entry("x", columns={"origin": 5})])
    clash.close()
    with pytest.raises(StoreError, match="type of a column"):
        read_log(FolderLog(tmp_path / "api"))


def test_a_damaged_segment_is_named(tmp_path: Path) -> None:
    log = writer(tmp_path / "api")
    log.append([entry("a")])
    log.close()
    (segment,) = tmp_path.rglob("*.parquet")
    whole = segment.read_bytes()
    segment.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="damaged") as caught:
        read_log(FolderLog(tmp_path / "api"))
    assert segment.name in caught.value.message


def test_a_full_queue_drops_and_counts_and_never_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FolderLog, "publish", refuse)
    log = writer(tmp_path / "api", queue_rows=100, flush_rows=10)
    slowest = 0.0
    for n in range(30):
        started = time.perf_counter()
        log.append([entry(f"r{n}", row) for row in range(10)])
        slowest = max(slowest, time.perf_counter() - started)
    deadline = time.monotonic() + 5
    while not log.state.failure and time.monotonic() < deadline:
        time.sleep(0.01)
    state = log.state
    assert (state.written, state.dropped, state.waiting) == (0, 200, 100)
    assert "No space left" in state.failure
    assert slowest < 0.5
    monkeypatch.undo()  # there is room again: what waited is written
    log.close()
    assert (log.state.written, log.state.dropped, log.state.waiting) == (100, 200, 0)
    assert log.state.failure == ""
    assert read_log(FolderLog(tmp_path / "api")).num_rows == 100
    log.append([entry("late")])
    assert log.state.dropped == 201


def test_a_row_that_does_not_fit_costs_only_itself(tmp_path: Path) -> None:
    log = writer(tmp_path / "api")
    log.append([entry("a"), entry("b", columns={"origin": 3}), entry("c")])
    log.close()
    assert (log.state.written, log.state.dropped) == (2, 1)
    assert read_log(FolderLog(tmp_path / "api")).column("request_id").to_pylist() == ["a", "c"]


def test_flushes_by_time_and_by_size(tmp_path: Path) -> None:
    by_time = writer(tmp_path / "t", flush_seconds=0.05)
    by_time.append([entry("a")])
    by_size = writer(tmp_path / "s", flush_seconds=60, flush_rows=3)
    by_size.append([entry("a", n) for n in range(3)])
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not (by_time.state.written and by_size.state.written):
        time.sleep(0.02)
    assert (by_time.state.written, by_size.state.written) == (1, 3)
    by_time.close()
    by_size.close()


def test_keeps_the_log_only_as_long_as_it_should(tmp_path: Path) -> None:
    for days in (0, 3, 10):
        log = writer(tmp_path / "api", keep=3 * DAY)
        log.append([entry(f"r{days}", time=NOON + days * DAY)])
        log.close()
    assert read_log(FolderLog(tmp_path / "api")).column("request_id").to_pylist() == ["r10"]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_log import entry, writer
log = writer(Path(sys.argv[2]), flush_seconds=0.01, flush_rows=200)
print("ready", flush=True)
for n in range(int(sys.argv[4])):
    log.append([entry(f"{sys.argv[3]}-{n}", row) for row in range(20)])
    if log.state.waiting > 2000:
        log.flush()
log.close()
"""


def start_writer(folder: Path, name: str, requests: int) -> subprocess.Popen[str]:
    here = str(Path(__file__).parent)
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, here, str(folder), name, str(requests)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_many_processes_write_one_log(tmp_path: Path) -> None:
    children = [start_writer(tmp_path / "api", f"w{n}", 100) for n in range(3)]
    assert [child.communicate(timeout=60)[0] for child in children] == ["ready\n"] * 3
    table = read_log(FolderLog(tmp_path / "api"))
    asked = list(zip(*(table.column(n).to_pylist() for n in ("request_id", "row")), strict=True))
    assert len(asked) == len(set(asked)) == 3 * 100 * 20


def test_a_killed_writer_leaves_no_half_segment(tmp_path: Path) -> None:
    for attempt in range(3):
        child = start_writer(tmp_path / "api", f"w{attempt}", 100_000)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.1 + 0.037 * attempt)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        for segment in tmp_path.rglob("*.parquet"):
            if not segment.name.startswith("."):
                pq.read_table(segment)
    assert read_log(FolderLog(tmp_path / "api")).num_rows > 0
    left = tmp_path / "api" / "date=2013-12-31" / ".tmp-left"
    left.write_bytes(b"half")
    FolderLog(tmp_path / "api").sweep(time.time())
    assert left.exists()  # its writer may still be at work
    os.utime(left, (1, 1))
    FolderLog(tmp_path / "api").sweep(time.time())
    assert not list(tmp_path.rglob(".tmp-left"))


def test_appending_from_many_threads_loses_nothing(tmp_path: Path) -> None:
    log = writer(tmp_path / "api", flush_rows=50)

    def append(name: str) -> None:
        for n in range(100):
            log.append([entry(f"{name}-{n}")])

    threads = [threading.Thread(target=append, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    names = read_log(FolderLog(tmp_path / "api")).column("request_id").to_pylist()
    assert len(names) == len(set(names)) == 400
