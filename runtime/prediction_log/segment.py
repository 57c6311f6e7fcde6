"""One Parquet segment of the log: made from entries, published whole or not at all."""

import os
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ..stores.atomic import sync_folder
from .entry import LogEntry

PARTITION = "date="
_TEMPORARY = ".tmp-"
_CHUNK = 512  # rows made into columns at a time, as Python objects are read under the GIL
_STALE_SECONDS = 3600


def to_table(entries: Sequence[LogEntry], schema: pa.Schema) -> tuple[pa.Table, int]:
    """The entries as a table, and how many were left out as they do not fit the schema."""
    batches: list[pa.RecordBatch] = []
    unfit = 0
    for start in range(0, len(entries), _CHUNK):
        chunk = entries[start : start + _CHUNK]
        try:
            batches.append(_batch(chunk, schema))
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            for entry in chunk:
                try:
                    batches.append(_batch([entry], schema))
                except (pa.ArrowException, TypeError, ValueError, OverflowError):
                    unfit += 1
    return pa.Table.from_batches(batches, schema), unfit


def publish(table: pa.Table, folder: Path, day: str, name: str) -> Path:
    """Write a segment of one day under `folder`: temporary file, fsync, rename, fsync."""
    partition = folder / f"{PARTITION}{day}"
    if not partition.is_dir():
        partition.mkdir(parents=True, exist_ok=True)
        sync_folder(folder)
        sync_folder(folder.parent)
    temporary = partition / f"{_TEMPORARY}{name}"
    try:
        with temporary.open("xb") as sink:
            pq.write_table(table, sink, compression="zstd")
            sink.flush()
            os.fsync(sink.fileno())
        segment = partition / f"{name}.parquet"
        temporary.rename(segment)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(partition)
    return segment


def sweep(folder: Path, now: float) -> None:
    """Remove temporary files that a killed writer left, an hour after they were last touched."""
    for path in folder.glob(f"{PARTITION}*/{_TEMPORARY}*"):
        try:
            if path.stat().st_mtime < now - _STALE_SECONDS:
                path.unlink(missing_ok=True)
        except FileNotFoundError:
            continue  # another writer swept it


def expire(folder: Path, before: date) -> None:
    """Remove the days before `before`, as the spec's `keep` asks."""
    for path in folder.glob(f"{PARTITION}*"):
        try:
            day = date.fromisoformat(path.name.removeprefix(PARTITION))
        except ValueError:
            continue
        if day < before:
            shutil.rmtree(path, ignore_errors=True)


def _batch(entries: Sequence[LogEntry], schema: pa.Schema) -> pa.RecordBatch:
    rows = [entry.cells() for entry in entries]
    arrays = [
        pa.array([row.get(column.name) for row in rows], type=column.type) for column in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
