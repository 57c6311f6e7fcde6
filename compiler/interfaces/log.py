"""The columns of the prediction log, the same for an endpoint and for a batch."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..plan import Column, Endpoint, Feature, ValueType
from .arms import logs_arms
from .request import request_columns

EVENT_TIME = "__event_time."
VALID_AT = "__valid_at."
ROW = "__row"
TIME = "__time"

LogType = ValueType | Literal["int32", "list of string", "map of float"]
LogPart = Literal["who", "request", "feature", "lookup", "outcome"]


@dataclass(frozen=True, slots=True)
class LogColumn:
    """A column of the log; all may be null. Timestamps are in UTC microseconds."""

    name: str
    type: LogType
    part: LogPart


# `latency` is in seconds; `degraded` names what was missing; `error` is null for an answer.
_WHO = (
    LogColumn("request_id", "string", "who"),
    LogColumn("row", "int32", "who"),
    LogColumn("time", "timestamp", "who"),
    LogColumn("endpoint", "string", "who"),
    LogColumn("model", "string", "who"),
    LogColumn("version", "int32", "who"),
    LogColumn("value_key", "string", "who"),
)
# Where an endpoint has several arms; in an older segment it is null, and the champion answered.
ARM = LogColumn("arm", "string", "who")
_OUTCOME = (
    LogColumn("score", "float", "outcome"),
    LogColumn("latency", "float", "outcome"),
    LogColumn("degraded", "list of string", "outcome"),
    LogColumn("error", "string", "outcome"),
)
PREDICTION, PROBABILITIES = "prediction", "probabilities"
_CLASSES = frozenset({PREDICTION, PROBABILITIES})
_RESERVED = frozenset(column.name for column in (*_WHO, ARM, *_OUTCOME))


def log_columns(
    columns: Iterable[Column],
    features: Iterable[Feature],
    views: Iterable[str] = (),
    label: ValueType | None = None,
    *,
    arms: bool = False,
) -> tuple[LogColumn, ...]:
    """Who asked when, the request's columns, the features that were used, for each looked-up view
    the event time and the instant of its row, and the outcome.

    With `label`, the type of a multiclass model's classes, the outcome is the class and the
    probability of each, too; `score` is that of the class. With `arms` it says in which part the
    version was asked.
    """
    found = {column.name: column for column in (*_WHO, *((ARM,) if arms else ()))}
    for column in columns:
        name = request_column(column.name, classes=label is not None)
        found[name] = LogColumn(name, column.type, "request")
    for feature in features:
        found[feature.reference] = LogColumn(feature.reference, feature.type, "feature")
    for view in views:
        for name in (EVENT_TIME + view, VALID_AT + view):
            found[name] = LogColumn(name, "timestamp", "lookup")
    if label is not None:
        found[PREDICTION] = LogColumn(PREDICTION, label, "outcome")
        found[PROBABILITIES] = LogColumn(PROBABILITIES, "map of float", "outcome")
    found |= {column.name: column for column in _OUTCOME}
    return tuple(found.values())


def endpoint_log(endpoint: Endpoint) -> tuple[LogColumn, ...]:
    """The columns of an endpoint's log."""
    views = [view.name for view in endpoint.views if view.kind != "on_demand"]
    return log_columns(
        request_columns(endpoint),
        endpoint.features,
        views,
        endpoint.label,
        arms=logs_arms(endpoint),
    )


def batch_log(
    keys: Iterable[Column], features: Iterable[Feature], label: ValueType | None = None
) -> tuple[LogColumn, ...]:
    """The columns of a batch's scores: those of a log, and the row's number and time."""
    return (
        *log_columns(keys, features, label=label),
        LogColumn(ROW, "int", "lookup"),
        LogColumn(TIME, "timestamp", "lookup"),
    )


def request_column(name: str, *, classes: bool = False) -> str:
    """The name in the log of a request's column: its own, or `request.<name>` where the log has
    a column of that name already. `classes`: the log is of a model with several classes."""
    taken = name in _RESERVED or name.startswith("__") or (classes and name in _CLASSES)
    return f"request.{name}" if taken else name
