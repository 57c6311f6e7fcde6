"""The types of values: what a column, an expression and a model input can hold."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of value that the language distinguishes."""

    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    STRING = "string"
    TIMESTAMP = "timestamp"
    DATE = "date"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class DataType:
    """A kind and whether null is possible.

    `int` is a signed 64-bit integer, `float` an IEEE 754 binary64, `timestamp` an instant in UTC
    with microsecond resolution, `date` a day of the proleptic Gregorian calendar.
    """

    kind: Kind
    nullable: bool = True

    @property
    def numeric(self) -> bool:
        return self.kind in (Kind.INT, Kind.FLOAT)

    def with_nullable(self, nullable: bool) -> "DataType":
        return replace(self, nullable=nullable)

    def __str__(self) -> str:
        return f"{self.kind}{'?' if self.nullable else ''}"
