"""`sources:` where the data is, and what is tested about it."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from ..scalars import parse_duration
from .base import ColumnName, Described, Duration, Number, Section

ROWS = "*"
"""In `available_after`: all columns that are not named."""


class RowCount(Section):
    """Bounds of the number of rows."""

    min: int | None = Field(default=None, ge=0)
    """At least this many rows."""
    max: int | None = Field(default=None, ge=0)
    """At most this many rows."""


CHECK_KINDS = ("not_null", "unique", "in_range", "accepted", "fresh", "row_count")


class Check(Section):
    """One data test. Exactly one kind is given, and perhaps a level."""

    not_null: list[ColumnName] | None = Field(default=None, min_length=1)
    """Columns that never hold null."""
    unique: list[ColumnName] | None = Field(default=None, min_length=1)
    """Columns that together identify a row."""
    in_range: (
        dict[ColumnName, Annotated[list[Number], Field(min_length=2, max_length=2)]] | None
    ) = Field(default=None, min_length=1)
    """Columns and their inclusive bounds, e.g. `{distance: [0, 6000]}`."""
    accepted: dict[ColumnName, list[str | int | bool]] | None = Field(default=None, min_length=1)
    """Columns and the only values they may hold."""
    fresh: Duration | None = None
    """The newest row is at most this old."""
    row_count: RowCount | None = None
    """Bounds of the number of rows."""
    level: Literal["error", "warn"] = "error"
    """`error` stops the run, `warn` is only reported."""

    @model_validator(mode="before")
    @classmethod
    def _one_kind(cls, data: Any) -> Any:
        if isinstance(data, dict):
            given = [kind for kind in CHECK_KINDS if kind in data]
            unknown = set(data) - set(CHECK_KINDS) - {"level"}
            if len(given) != 1 and not unknown:
                raise ValueError(f"a check has exactly one of {', '.join(CHECK_KINDS)}")
        return data


class Source(Described):
    """A table of events, or a static table."""

    path: str = Field(min_length=1, examples=["data/flights.parquet", "data/flights/*.parquet"])
    """A file, a folder or a glob, inside the project and relative to the spec."""
    format: Literal["parquet", "csv", "json"] | None = None
    """Taken from the file's ending when left out. `json` is one object a line."""
    event_time: ColumnName | None = None
    """The column that says when the row happened."""
    static: bool = False
    """There is no event time, and rows never change: the table may be read for any instant."""
    created: ColumnName | None = None
    """The column that says when the row was written: the newest wins where event times tie."""
    refresh: Duration | None = None
    """How often new rows arrive."""
    available_after: dict[ColumnName, Duration] = Field(
        default_factory=dict,
        json_schema_extra={"type": ["string", "object"]},
        examples=["2h", {"dep_delay": "2h", "arr_delay": "12h"}],
    )
    """How long after its event time a row is known; or, by column, what is known later than the
    rest of its row."""
    retention: Duration | None = None
    """How long rows are kept; for ever when left out."""
    checks: list[Check] = Field(default_factory=list)
    """Data tests, all in one scan."""

    @field_validator("available_after", mode="before")
    @classmethod
    def _one_or_by_column(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        parse_duration(value)
        return {ROWS: value}

    @model_validator(mode="after")
    def _timed_or_static(self) -> "Source":
        if self.static and self.event_time is not None:
            raise ValueError("a source with `event_time` is not `static`; leave one of them out")
        return self
