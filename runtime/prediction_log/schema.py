"""The columns of the prediction log, the same for an endpoint and for a batch."""

from collections.abc import Iterable

import pyarrow as pa

from ...compiler.plan import Column, Endpoint, Feature, ValueType

LOG_VERSION = "1"
EVENT_TIME = "__event_time."
VALID_AT = "__valid_at."

_TIME = pa.timestamp("us", "UTC")
_TYPES: dict[ValueType, pa.DataType] = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "string": pa.string(),
    "timestamp": _TIME,
    "date": pa.date32(),
}
# `latency` is in seconds; `degraded` names what was missing; `error` is null for an answer.
_SYSTEM = (
    ("request_id", pa.string()),
    ("row", pa.int32()),
    ("time", _TIME),
    ("endpoint", pa.string()),
    ("model", pa.string()),
    ("version", pa.int32()),
    ("value_key", pa.string()),
)
_OUTCOME = (
    ("score", pa.float64()),
    ("latency", pa.float64()),
    ("degraded", pa.list_(pa.string())),
    ("error", pa.string()),
)
_RESERVED = frozenset(name for name, _ in (*_SYSTEM, *_OUTCOME))


def log_schema(
    columns: Iterable[Column], features: Iterable[Feature], views: Iterable[str] = ()
) -> pa.Schema:
    """The schema of a log: who asked when, the request's columns, the features that were used,
    for each looked-up view the event time and the instant of its row, and the outcome."""
    named = {request_column(column.name): _TYPES[column.type] for column in columns}
    fields = dict(_SYSTEM) | named
    fields |= {feature.reference: _TYPES[feature.type] for feature in features}
    for view in views:
        fields |= {EVENT_TIME + view: _TIME, VALID_AT + view: _TIME}
    fields |= dict(_OUTCOME)
    return pa.schema(list(fields.items()), metadata={"onespec.log": LOG_VERSION})


def endpoint_schema(endpoint: Endpoint) -> pa.Schema:
    """The schema of an endpoint's log."""
    views = [view.name for view in endpoint.views if view.kind != "on_demand"]
    return log_schema(request_columns(endpoint), endpoint.features, views)


def base_schema() -> pa.Schema:
    """What every log has, whatever its endpoint."""
    return log_schema((), ())


def request_columns(endpoint: Endpoint) -> tuple[Column, ...]:
    """The columns of a request row: entity keys first, each name once."""
    columns = {c.name: c for c in (*endpoint.inputs, *endpoint.entity_keys)}
    order = dict.fromkeys(c.name for c in (*endpoint.entity_keys, *endpoint.inputs))
    return tuple(columns[name] for name in order)


def request_column(name: str) -> str:
    """The name in the log of a request's column: its own, or `request.<name>` where the log has
    a column of that name already."""
    return f"request.{name}" if name in _RESERVED or name.startswith("__") else name
