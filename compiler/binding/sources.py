"""Bind `sources:` to the schemas of the lock file."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Literal

from ...specs.document import Path
from ...specs.sections.sources import ROWS, Check, Source
from ...specs.suggest import did_you_mean
from ...specs.types import DataType, Kind
from ..graph import SourceNode
from ..lock import Lock
from ..plan import Column, SourceTable, ValueType
from .report import Report

_FORMATS: dict[str, Literal["parquet", "csv", "json"]] = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}


_VALUE_TYPES: dict[Kind, ValueType] = {
    Kind.BOOL: "bool",
    Kind.INT: "int",
    Kind.FLOAT: "float",
    Kind.STRING: "string",
    Kind.TIMESTAMP: "timestamp",
    Kind.DATE: "date",
}


def value_type(kind: Kind) -> ValueType:
    """The plan's word for a kind; intervals never leave an expression."""
    return _VALUE_TYPES[kind]


def bind_source(name: str, source: Source, lock: Lock, report: Report) -> SourceNode | None:
    """The source with its locked columns; None when it is not in the lock file."""
    at = ("sources", name)
    file_format = source.format or _FORMATS.get(PurePosixPath(source.path).suffix.lower())
    if file_format is None:
        report.error(
            "E203",
            f"the format of source `{name}` does not follow from its path",
            (*at, "path"),
            hint="add `format: parquet`, `csv` or `json`",
        )
    columns = lock.sources.get(name)
    if columns is None:
        report.error(
            "E302",
            f"source `{name}` is not in {lock.file}",
            at,
            hint="run `onespec lock` to record its schema",
            on_key=True,
        )
    if columns is None or file_format is None:
        report.unknown.add(f"source.{name}")
        return None
    columns = _never_null(columns, source)
    table = SourceTable(
        name,
        file_format,
        source.path,
        tuple(Column(c, value_type(t.kind), t.nullable) for c, t in columns.items()),
        source.event_time,
        source.created,
    )
    node = SourceNode(name, table, columns, tuple(source.checks), source, at)
    _check_columns(node, report)
    return node


def _never_null(columns: Mapping[str, DataType], source: Source) -> dict[str, DataType]:
    """What a `not_null` test at level `error` guarantees, the types may rely on."""
    tested = {c for check in source.checks if check.level == "error" for c in check.not_null or ()}
    return {c: t.with_nullable(t.nullable and c not in tested) for c, t in columns.items()}


def _check_columns(node: SourceNode, report: Report) -> None:
    for key in ("event_time", "created"):
        column = getattr(node.section, key)
        if column is not None and require_column(node, column, (*node.at, key), report, key):
            kind = node.columns[column].kind
            if kind is not Kind.TIMESTAMP:
                report.error(
                    "E207",
                    f"`{key}` of source `{node.name}` is `{column}`, a {kind}; "
                    "it must be a timestamp",
                    (*node.at, key),
                )
    for key in ("available_after", "retention"):
        if getattr(node.section, key) and node.section.event_time is None:
            report.error(
                "E203",
                f"source `{node.name}` has `{key}`, and no `event_time` from which it counts",
                (*node.at, key),
                on_key=True,
            )
    for column in node.section.available_after:
        if column != ROWS:
            place = (*node.at, "available_after", column)
            require_column(node, column, place, report, "`available_after`", on_key=True)
    for index, check in enumerate(node.checks):
        for column, at in columns_of(check):
            require_column(node, column, (*node.at, "checks", index, *at), report, "a check")
    if any(c.fresh is not None for c in node.checks) and node.section.event_time is None:
        report.error("E203", f"a `fresh` check needs `event_time` in source `{node.name}`", node.at)


def columns_of(check: Check) -> Iterator[tuple[str, Path]]:
    for kind, columns in (("not_null", check.not_null), ("unique", check.unique)):
        yield from ((column, (kind, index)) for index, column in enumerate(columns or []))
    for kind, bounds in (("in_range", check.in_range), ("accepted", check.accepted)):
        yield from ((column, (kind, column)) for column in bounds or {})


def require_column(
    source: SourceNode,
    column: str,
    at: Path,
    report: Report,
    what: str,
    *,
    on_key: bool = False,
) -> bool:
    """True when the source has the column; else an error at `at`."""
    if column in source.columns:
        return True
    report.error(
        "E204",
        f"{what} names column `{column}`, which source `{source.name}` does not have",
        at,
        label=did_you_mean(column, list(source.columns)),
        related=report.declared(f"source `{source.name}`", source.at),
        on_key=on_key,
    )
    return False
