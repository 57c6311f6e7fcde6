"""The columns of the prediction log as an Arrow schema."""

from collections.abc import Iterable, Mapping

import pyarrow as pa

from ...compiler.interfaces.log import LogColumn, LogType, endpoint_log, log_columns
from ...compiler.plan import Column, Endpoint, Feature, ValueType

LOG_VERSION = "1"

_TYPES: Mapping[LogType, pa.DataType] = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "int32": pa.int32(),
    "float": pa.float64(),
    "string": pa.string(),
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "list of string": pa.list_(pa.string()),
    "map of float": pa.map_(pa.string(), pa.float64()),
}


def log_schema(
    columns: Iterable[Column],
    features: Iterable[Feature],
    views: Iterable[str] = (),
    label: ValueType | None = None,
) -> pa.Schema:
    """The schema of a log, as `log_columns` says."""
    return _schema(log_columns(columns, features, views, label))


def endpoint_schema(endpoint: Endpoint) -> pa.Schema:
    """The schema of an endpoint's log."""
    return _schema(endpoint_log(endpoint))


def base_schema() -> pa.Schema:
    """What every log has, whatever its endpoint."""
    return log_schema((), ())


def _schema(columns: Iterable[LogColumn]) -> pa.Schema:
    fields = [(column.name, _TYPES[column.type]) for column in columns]
    return pa.schema(fields, metadata={"onespec.log": LOG_VERSION})
