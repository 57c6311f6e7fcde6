"""Equal content, equal identity; asked again it costs stats, and is never stale."""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onespec.compiler.plan import Column, Plan, SourceTable
from onespec.runtime.errors import NotReadError
from onespec.runtime.sources.identity import FOLDER, source_identity
from onespec.runtime.sources.time_bounds import TimeBounds, let_through, time_bounds
from onespec.runtime.stores.folder_index import FolderIndex
from onespec.runtime.stores.ledger_file import LedgerFile
from onespec.runtime.stores.online_sqlite import SqliteOnlineStore
from onespec.runtime.workspace import Glance, Surroundings

SOURCE = SourceTable("s", "csv", "data", (Column("x", "int"),))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path / "data/a.csv", "x\n1\n")
    write(tmp_path / "data/b.csv", "x\n2\n")
    return tmp_path


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were really hashed."""
    seen: list[str] = []
    original = hashlib.file_digest

    def counting(file: Any, name: str) -> Any:
        seen.append(Path(file.name).name)
        return original(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counting)
    return seen


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def ask(project: Path) -> str:
    return source_identity(SOURCE, project, project / "state")


def test_content_and_names_make_it(project: Path) -> None:
    first = ask(project)
    write(project / "data/a.csv", "x\n3\n")
    second = ask(project)
    write(project / "data/a.csv", "x\n1\n")
    assert first != second
    assert ask(project) == first
    (project / "data/b.csv").rename(project / "data/c.csv")
    assert ask(project) not in (first, second)


def test_it_is_the_same_elsewhere(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("elsewhere")
    write(other / "data/b.csv", "x\n2\n")
    write(other / "data/a.csv", "x\n1\n")
    assert ask(other) == ask(project)


def test_asking_again_reads_no_file(project: Path, hashed: list[str]) -> None:
    time.sleep(0.03)
    first = ask(project)
    assert hashed == ["a.csv", "b.csv"]
    assert ask(project) == first
    assert len(hashed) == 2
    write(project / "data/a.csv", "x\n5\n")
    assert ask(project) != first
    assert hashed[2:] == ["a.csv"]


def test_a_change_of_the_same_size_and_time_is_seen(project: Path) -> None:
    path = project / "data/a.csv"
    before = path.stat()
    time.sleep(0.03)
    first = ask(project)
    write(path, "x\n7\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert ask(project) != first


def test_a_change_right_after_the_look_is_seen(project: Path) -> None:
    seen = set()
    for value in range(30):
        write(project / "data/a.csv", f"x\n{value % 10}\n")
        seen.add((value % 10, ask(project)))
    assert len(seen) == 10


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"x": 1}', "null"])
def test_a_damaged_memory_is_no_harm(project: Path, damage: str) -> None:
    first = ask(project)
    time.sleep(0.03)
    for path in (project / "state" / FOLDER).iterdir():
        text = path.read_text()
        path.write_text(damage or text.replace('", "', "")[:40])
    assert ask(project) == first


def test_time_bounds_are_remembered_by_content(tmp_path: Path) -> None:
    times = pa.array([5, None, 3], pa.timestamp("us"))
    pq.write_table(pa.table({"t": times}), tmp_path / "t.parquet")
    source = SourceTable("s", "parquet", "t.parquet", (Column("t", "timestamp"),), event_time="t")
    here = look(tmp_path, reads_data=True)
    assert time_bounds(source, here) == TimeBounds(3, 5)
    assert time_bounds(source, here) == TimeBounds(3, 5)
    pq.write_table(pa.table({"t": times.slice(1, 1)}), tmp_path / "t.parquet")
    assert time_bounds(source, here) == TimeBounds(None, None)


def test_where_no_data_may_be_read_only_what_is_remembered_is_known(tmp_path: Path) -> None:
    times = pa.array([10, 20, 30, 40], pa.timestamp("us"))
    pq.write_table(pa.table({"t": times}), tmp_path / "t.parquet")
    source = SourceTable("s", "parquet", "t.parquet", (Column("t", "timestamp"),), event_time="t")
    run, plan = look(tmp_path, reads_data=True), look(tmp_path, reads_data=False)
    with pytest.raises(NotReadError):
        time_bounds(source, plan)
    assert list(tmp_path.iterdir()) == [tmp_path / "t.parquet"]
    assert time_bounds(source, run) == time_bounds(source, plan) == TimeBounds(10, 40)
    assert let_through(source, run, 10, 35) == (20, 30)
    for low, high in ((10, 30), (19, 39), (15, 33)):
        assert let_through(source, plan, low, high) == (20, 30)
    for low, high in ((9, 30), (20, 30), (10, 29), (10, 40), (None, 30), (10, None)):
        with pytest.raises(NotReadError):
            let_through(source, plan, low, high)


def look(project: Path, *, reads_data: bool) -> Surroundings:
    state = project / "state"
    ledger, online = LedgerFile(state / "none"), SqliteOnlineStore(state / "none")
    store = FolderIndex(state / "store")
    plan = Plan("p", "s", (), ())
    return Glance(plan, project, state, 0, store, ledger, online, reads_data=reads_data)
