"""What a monitor looks at: the rows of a deployment's log, with the instant of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...compiler.interfaces.log import ARM, PROBABILITIES
from ..prediction_log.files import LogFiles
from ..prediction_log.read import read_log
from .columns import Bools, Floats, Ints, instants, numbers


@dataclass(frozen=True, slots=True)
class Window:
    """Logged rows (n,) and their instants (UTC µs)."""

    table: pa.Table
    times: Ints

    @classmethod
    def of(cls, table: pa.Table) -> "Window":
        """By `__time` (batch) or `time` (online)."""
        name = "__time" if "__time" in table.column_names else "time"
        return cls(table, instants(table.column(name)))

    def __len__(self) -> int:
        return len(self.times)

    def between(self, start: int, end: int) -> "Window":
        """The rows with `start <= time < end`."""
        return self.where((self.times >= start) & (self.times < end))

    def where(self, rows: Bools) -> "Window":
        return Window(self.table.filter(pa.array(rows)), self.times[rows])

    def column(self, name: str) -> Any:
        """The column, or None when the log has none of that name."""
        return self.table.column(name) if name in self.table.column_names else None

    def scores(self) -> Floats:
        """NaN where a request failed."""
        return numbers(self.table.column("score"))

    def by_class(self, known: Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
        """The probability (n, k) of each class, and their names: those of `known`, then others that
        an older version told apart. What a row was not told of is 0."""
        column = self.column(PROBABILITIES)
        if column is None:
            return np.zeros((len(self), len(known))), tuple(known)
        told = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        ends = told.offsets.to_numpy()
        keys, values = (part[ends[0] : ends[-1]] for part in (told.keys, told.items))
        older = sorted(set(pc.unique(keys).to_pylist()) - set(known))
        names = (*known, *older)
        matrix = np.zeros((len(self), len(names)))
        rows = np.repeat(np.arange(len(self)), np.diff(ends))
        places = pc.index_in(keys, pa.array(names, pa.string())).to_numpy()
        matrix[rows, places] = values.to_numpy()
        return matrix, names

    def latency(self) -> Floats:
        """In seconds; NaN where unknown."""
        column = self.column("latency")
        return np.full(len(self), np.nan) if column is None else numbers(column)

    def failed(self) -> Bools:
        """Where the row has an error instead of an answer."""
        column = self.column("error")
        if column is None:
            return np.zeros(len(self), dtype=np.bool_)
        return np.asarray(column.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_)

    def degraded(self) -> list[list[str]]:
        """What was missing for each row; mostly nothing."""
        column = self.column("degraded")
        return [] if column is None else [reasons or [] for reasons in column.to_pylist()]

    def versions(self) -> list[dict[str, Any]]:
        """Rows by model version and the key of the train step that made it, most rows first."""
        if self.column("version") is None:
            return []
        names = [name for name in ("version", "value_key") if name in self.table.column_names]
        counted = self.table.group_by(names).aggregate([([], "count_all")]).to_pylist()
        rows = [
            {"version": row["version"], "key": row.get("value_key"), "rows": row["count_all"]}
            for row in counted
        ]
        return sorted(rows, key=lambda row: (-row["rows"], str(row["version"]), str(row["key"])))


def read_batch(path: Path) -> Window:
    """The rows of a `scores.parquet`."""
    return Window.of(pq.read_table(path))


def read_online(log: LogFiles, start: int, end: int) -> Window:
    """The rows of an endpoint's prediction log with `start <= time < end` (UTC µs), without what a
    shadow said: nobody was answered by it."""
    table = read_log(log, start, end)
    if ARM.name in table.column_names and pa.types.is_string(table.schema.field(ARM.name).type):
        answered = pc.not_equal(table.column(ARM.name), "shadow")
        table = table.filter(pc.fill_null(answered, True))
    return Window.of(table)
