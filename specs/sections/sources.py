"""`sources:` where the data is, and what is tested about it."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ..patterns import DURATION
from ..scalars import MAX_LENGTH, parse_duration
from .base import ColumnName, Described, Duration, FilePath, Number
from .presence import Excludes, Needs, OneOf, Ruled, wrong_at

ROWS = "*"
"""In `available_after`: all columns that are not named."""


class RowCount(Ruled):
    """Bounds of the number of rows."""

    rules = (Needs(("min", "max"), "`row_count` needs `min` or `max`"),)

    min: int | None = Field(default=None, ge=0)
    """At least this many rows."""
    max: int | None = Field(default=None, ge=0)
    """At most this many rows."""

    @model_validator(mode="after")
    def _ordered(self) -> "RowCount":
        if self.min is not None and self.max is not None and self.min > self.max:
            sentence = f"`min` is {self.min}, above `max`, which is {self.max}"
            raise wrong_at("min", sentence, self.min, "max")
        return self


def _ordered(bounds: list[float]) -> list[float]:
    if bounds[0] > bounds[1]:
        sentence = f"the lower bound, {bounds[0]:g}, is above the upper one, {bounds[1]:g}"
        raise PydanticCustomError("bounds", "{sentence}", {"sentence": sentence})
    return bounds


def _one_of_three(value: Any, build: Callable[[Any], Any]) -> Any:
    """One sentence, where pydantic has one for each type of a union."""
    try:
        return build(value)
    except ValidationError:
        raise PydanticCustomError(
            "accepted", "expected a text, an integer, or true or false"
        ) from None


Bounds = Annotated[list[Number], Field(min_length=2, max_length=2), AfterValidator(_ordered)]
Accepted = Annotated[str | int | bool, WrapValidator(_one_of_three)]

CHECK_KINDS = ("not_null", "unique", "in_range", "accepted", "fresh", "row_count")


class Check(Ruled):
    """One data test. Exactly one kind is given, and perhaps a level."""

    rules = (OneOf(CHECK_KINDS, f"a check has exactly one of {', '.join(CHECK_KINDS)}"),)

    not_null: list[ColumnName] | None = Field(default=None, min_length=1)
    """Columns that never hold null."""
    unique: list[ColumnName] | None = Field(default=None, min_length=1)
    """Columns that together identify a row."""
    in_range: dict[ColumnName, Bounds] | None = Field(default=None, min_length=1)
    """Columns and their inclusive bounds, e.g. `{distance: [0, 6000]}`."""
    accepted: dict[ColumnName, list[Accepted]] | None = Field(default=None, min_length=1)
    """Columns and the only values they may hold."""
    fresh: Duration | None = None
    """The newest row is at most this old."""
    row_count: RowCount | None = None
    """Bounds of the number of rows."""
    level: Literal["error", "warn"] = "error"
    """`error` stops the run, `warn` is only reported."""


class Source(Described, Ruled):
    """A table of events, or a static table."""

    rules = (
        Excludes(
            "static",
            ("event_time",),
            "a source with `event_time` is not `static`; leave one of them out",
        ),
    )

    path: FilePath = Field(examples=["data/flights.parquet", "data/flights/*.parquet"])
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
        json_schema_extra={
            "type": ["string", "object"],
            "pattern": DURATION,
            "maxLength": MAX_LENGTH,
        },
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
