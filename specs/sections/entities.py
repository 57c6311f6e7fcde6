"""`entities:` the things that features describe."""

from typing import Any

from pydantic import Field, field_validator

from .base import ColumnName, Described


class Entity(Described):
    """Something with a key."""

    key: list[ColumnName] = Field(
        min_length=1,
        json_schema_extra={"type": ["string", "array"], "minLength": 1, "maxLength": 255},
    )
    """The column, or the columns, that identify one."""

    @field_validator("key", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value
