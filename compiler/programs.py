"""Expressions, sources and feature views as the plan holds them: lowered, with nothing to decide.

Every class is a frozen dataclass that is JSON without loss. Durations are microseconds.
"""

from dataclasses import dataclass
from typing import Any, Literal

from .part import Part

ValueType = Literal["bool", "int", "float", "string", "timestamp", "date"]


@dataclass(frozen=True, eq=False, repr=False)
class Program(Part):
    """One expression, lowered: its text, DuckDB SQL for batches, and typed IR for the request."""

    text: str
    sql: str
    ir: Any
    type: ValueType
    nullable: bool


@dataclass(frozen=True, eq=False, repr=False)
class Column(Part):
    """A column of a source, as locked."""

    name: str
    type: ValueType
    nullable: bool = True


@dataclass(frozen=True, eq=False, repr=False)
class SourceTable(Part):
    """How to read a source. `path` is relative to the project folder, or a URI."""

    name: str
    format: Literal["parquet", "csv", "json"]
    path: str
    columns: tuple[Column, ...]
    event_time: str | None = None
    created: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class AggregateProgram(Part):
    """`function(argument) filter (where …)`; arguments name columns of `ViewProgram.prepare`."""

    name: str
    function: str
    argument: str | None
    where: str | None


@dataclass(frozen=True, eq=False, repr=False)
class FieldProgram(Part):
    """One field of a view. For windows, `result` reads the aggregates; else the row itself."""

    name: str
    result: Program


@dataclass(frozen=True, eq=False, repr=False)
class Window(Part):
    """A trailing window: its name in feature references, and its length in microseconds."""

    name: str
    length: int


@dataclass(frozen=True, eq=False, repr=False)
class Feature(Part):
    """A column that a model reads: `reference` is `view.field` or `view.field_window`."""

    reference: str
    type: ValueType
    nullable: bool
    view: str
    field: str
    window: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class ViewProgram(Part):
    """A feature view, lowered.

    `keys` are the entity's key columns in the source, `inputs` the request columns of an
    on-demand view. `prepare` maps a prepared column (`_v0`, …) to the scalar expression over one
    source row that fills it. `where` keeps source rows. For `latest` and `static` views each
    field's result is one expression over prepared columns; for `window` views it is an
    expression over the aggregates, evaluated for every window.
    """

    name: str
    kind: Literal["latest", "window", "static", "on_demand"]
    features: tuple[Feature, ...]
    fields: tuple[FieldProgram, ...]
    entity: str | None = None
    keys: tuple[Column, ...] = ()
    source: SourceTable | None = None
    where: Program | None = None
    prepare: tuple[tuple[str, Program], ...] = ()
    aggregates: tuple[AggregateProgram, ...] = ()
    windows: tuple[Window, ...] = ()
    available_after: int = 0
    ttl: int | None = None
    inputs: tuple[Column, ...] = ()
