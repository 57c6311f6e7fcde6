"""The prediction log in a bucket: what a folder promises, for readers on other machines."""

from datetime import date
from pathlib import Path

import pytest
from servers.odd_s3 import odd_server
from servers.s3 import S3_KEYS, S3Server

from onespec.compiler.plan import ArtifactsAt
from onespec.runtime.errors import StoreError
from onespec.runtime.monitoring.log_identity import log_identity
from onespec.runtime.prediction_log.files import LogFiles, Segment
from onespec.runtime.prediction_log.in_bucket import BucketLog
from onespec.runtime.prediction_log.in_folder import FolderLog
from onespec.runtime.prediction_log.read import read_log
from onespec.runtime.prediction_log.write import LogWriter
from onespec.runtime.stores.s3_bucket import Bucket, Patience

from .test_log import DAY, NOON, SCHEMA, entry

DAYS = (date(2013, 12, 30), date(2013, 12, 31), date(2014, 1, 1))


def log_on(s3: S3Server, cache: Path, at: ArtifactsAt | None = None) -> BucketLog:
    return BucketLog(Bucket(at or s3.place()), "log/api", cache)


def write_days(log: LogFiles) -> None:
    """A row each on three days, by three processes' names."""
    for number, shift in enumerate((-DAY, 0, DAY)):
        one = LogWriter(log, SCHEMA, flush_seconds=60, new_id=lambda n=number: f"w{n}")
        one.append([entry(f"r{number}", time=NOON + shift)])
        one.close()
        assert (one.state.written, one.state.failure) == (1, "")


def test_another_machine_reads_what_one_wrote(s3: S3Server, tmp_path: Path) -> None:
    at = s3.place()
    write_days(log_on(s3, tmp_path / "one", at))
    there, embedded = log_on(s3, tmp_path / "two", at), FolderLog(tmp_path / "folder")
    write_days(embedded)
    for start, end in ((None, None), (NOON, None), (NOON - DAY, NOON + 1), (NOON + 9, NOON + 10)):
        assert read_log(there, start, end).equals(read_log(embedded, start, end))
    # Where the log lies is no part of what a monitor looks at: its step has the same key.
    assert there.segments() == embedded.segments()
    same = (NOON - DAY, NOON)
    assert log_identity(there, *same) == log_identity(embedded, *same)
    assert log_identity(there, *same) != log_identity(there, NOON, NOON)


def test_only_the_days_that_are_asked_for_are_fetched(s3: S3Server, tmp_path: Path) -> None:
    log = log_on(s3, tmp_path / "cache")
    write_days(log)
    assert read_log(log, NOON, NOON + 1).num_rows == 1
    fetched = [path.parent.name for path in (tmp_path / "cache").rglob("*.parquet")]
    assert fetched == ["date=2013-12-31"]


def test_keep_removes_the_days_before_everywhere(s3: S3Server, tmp_path: Path) -> None:
    log = log_on(s3, tmp_path / "cache")
    write_days(log)
    first = log.segments()[0]
    assert read_log(log).num_rows == 3
    late = LogWriter(log, SCHEMA, flush_seconds=60, keep=DAY)
    late.append([entry("late", time=NOON + 2 * DAY)])
    late.close()
    assert [segment.day for segment in log.segments()] == [DAYS[2], date(2014, 1, 2)]
    assert read_log(log).column("request_id").to_pylist() == ["r2", "late"]
    assert not (tmp_path / "cache" / first.path).exists()
    with pytest.raises(FileNotFoundError):
        log.fetch([first])


def test_a_segment_that_expires_while_it_is_read_is_left_out(
    s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_on(s3, tmp_path / "cache")
    write_days(log)
    listed = log.segments()

    def before_the_expiry(*_: object) -> list[Segment]:
        monkeypatch.undo()
        log.expire(DAYS[1])
        return listed

    monkeypatch.setattr(log, "segments", before_the_expiry)
    assert read_log(log).column("request_id").to_pylist() == ["r1", "r2"]


def test_what_is_damaged_is_told(s3: S3Server, tmp_path: Path) -> None:
    at = s3.place()
    log = log_on(s3, tmp_path / "cache", at)
    Bucket(at).put("log/api/date=2013-12-31/1.parquet", b"PAR1 and no more")
    with pytest.raises(StoreError, match=r"the prediction log is damaged: date=2013-12-31/1\.parq"):
        read_log(log)


def test_what_is_no_segment_is_not_read(s3: S3Server, tmp_path: Path) -> None:
    at = s3.place()
    log = log_on(s3, tmp_path / "cache", at)
    write_days(log)
    for name in (
        "notes.txt",
        "date=never/1.parquet",
        "date=2013-12-31/.x.parquet",
        "date=2013-12-31/x",
    ):
        Bucket(at).put(f"log/api/{name}", b"not a segment")
    assert read_log(log).num_rows == 3


def test_rows_wait_while_the_service_refuses(
    s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in S3_KEYS.items():
        monkeypatch.setenv(name, value)
    with odd_server() as odd:
        odd.status = 503
        keys = ("S3_ACCESS_KEY", "S3_SECRET_KEY")
        at = ArtifactsAt("s3://acme-ml/x", odd.endpoint, None, *keys)
        bucket = Bucket(at, Patience(seconds=1, retries=0))
        writer = LogWriter(BucketLog(bucket, "log/api", tmp_path), SCHEMA, flush_seconds=60)
        writer.append([entry("r1")])
        with pytest.raises(StoreError, match="answers 503"):
            writer.flush()
        assert (writer.state.waiting, writer.state.written) == (1, 0)
        odd.status = 200
        writer.close()
        assert (writer.state.waiting, writer.state.written) == (0, 1)


def test_segments_are_those_of_the_rows(s3: S3Server, tmp_path: Path) -> None:
    """The same rows make the same bytes in a folder and in a bucket."""
    at = s3.place()
    log, embedded = log_on(s3, tmp_path / "cache", at), FolderLog(tmp_path / "folder")
    write_days(log)
    write_days(embedded)
    fetched, written = log.fetch(log.segments()), embedded.fetch(embedded.segments())
    assert [p.read_bytes() for p in fetched] == [p.read_bytes() for p in written]
