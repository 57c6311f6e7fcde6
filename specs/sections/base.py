"""What all sections share: strictness, and the scalars that read as people write them."""

import math
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from .. import patterns
from ..scalars import MAX_LENGTH, parse_duration, parse_instant, parse_percentage, parse_size
from ..schedules import MAX_LENGTH as MAX_SCHEDULE_LENGTH
from ..schedules import parse_schedule


class Section(BaseModel):
    """A mapping of the spec: unknown keys are errors, nothing is coerced, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


Name = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=63),
    Field(description="Lower-case letters, digits and underscores, starting with a letter."),
]
TargetName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=63),
    Field(description="Lower-case letters, digits, underscores and hyphens."),
]
ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
IncludePath = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
ExpressionText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4000),
    Field(description="A SQL expression of the onespec expression language."),
]
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
GateText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500),
    Field(description="A comparison of a metric with a number or with the champion."),
]
Duration = Annotated[
    int,
    BeforeValidator(parse_duration, json_schema_input_type=str),
    Field(
        description="A duration: `90s`, `15m`, `3h`, `7d`, `2w`.",
        examples=["3h", "7d"],
        json_schema_extra={"pattern": patterns.DURATION, "maxLength": MAX_LENGTH},
    ),
]
Size = Annotated[
    int,
    BeforeValidator(parse_size, json_schema_input_type=str),
    Field(
        description="A size in bytes: `512MiB`, `4GiB`.",
        examples=["4GiB"],
        json_schema_extra={"pattern": patterns.SIZE, "maxLength": MAX_LENGTH},
    ),
]
Share = Annotated[
    float,
    BeforeValidator(parse_percentage, json_schema_input_type=str | float),
    Field(
        description="A share: `70%` or `0.7`.",
        examples=["70%"],
        json_schema_extra={
            "pattern": patterns.SHARE,
            "maxLength": MAX_LENGTH,
            "minimum": 0,
            "maximum": 1,
        },
    ),
]
Schedule = Annotated[
    str,
    BeforeValidator(parse_schedule, json_schema_input_type=str),
    Field(
        description="When to run, in UTC: five cron fields, or @hourly, @daily, @weekly, @monthly.",
        examples=["0 2 * * *", "@daily"],
        json_schema_extra={"pattern": patterns.SCHEDULE, "maxLength": MAX_SCHEDULE_LENGTH},
    ),
]
Instant = Annotated[
    int,
    BeforeValidator(parse_instant, json_schema_input_type=str),
    Field(
        description="An instant in ISO 8601 with a zone.",
        examples=["2026-01-31T00:00:00Z"],
        json_schema_extra={"pattern": patterns.INSTANT},
    ),
]
Number = Annotated[float, Field(allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
"""What every library takes as a seed."""


def _json(value: JsonValue) -> JsonValue:
    """JSON has no NaN and no infinities; neither have plans."""
    match value:
        case float() if not math.isfinite(value):
            raise PydanticCustomError("finite_number", "expected a finite number")
        case dict():
            for inner in value.values():
                _json(inner)
        case list():
            for inner in value:
                _json(inner)
    return value


Value = Annotated[JsonValue, AfterValidator(_json)]


def _version(value: Any) -> Any:
    """Python holds `true` and `1.0` for 1."""
    if type(value) is int and value == 1:
        return value
    raise PydanticCustomError("version", "expected `1`, the version of the language")


Version = Annotated[Literal[1], BeforeValidator(_version)]


class Described(Section):
    """What may be said about anything that other people look for."""

    description: str | None = None
    """A sentence for those who find it in the catalogue."""
    owner: str | None = None
    """Who answers for it."""
    tags: list[str] = Field(default_factory=list)
    """Words to select by."""
