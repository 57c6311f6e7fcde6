"""The request to an endpoint: its columns, and the JSON Schema of its body."""

from collections.abc import Mapping
from typing import Any

from ..plan import Column, Endpoint, ValueType

MOST_ROWS = 1000
"""How many rows one request may have, unless the host says otherwise."""

_JSON: Mapping[ValueType, Mapping[str, Any]] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "float": {"type": "number"},
    "string": {"type": "string"},
    "timestamp": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
}


def request_columns(endpoint: Endpoint) -> tuple[Column, ...]:
    """The columns of a request row: entity keys first, each name once."""
    columns = {c.name: c for c in (*endpoint.inputs, *endpoint.entity_keys)}
    order = dict.fromkeys(c.name for c in (*endpoint.entity_keys, *endpoint.inputs))
    return tuple(columns[name] for name in order)


def json_type(kind: ValueType, *, nullable: bool) -> dict[str, Any]:
    """The JSON Schema of one value."""
    told = dict(_JSON[kind])
    return {"anyOf": [told, {"type": "null"}]} if nullable else told


def request_schema(endpoint: Endpoint, most_rows: int = MOST_ROWS) -> dict[str, Any]:
    """JSON Schema of the body `{"rows": […]}`: each row by request columns, or by features."""
    columns = {c.name: json_type(c.type, nullable=c.nullable) for c in request_columns(endpoint)}
    features = {f.reference: json_type(f.type, nullable=True) for f in endpoint.features}
    by_features = _object("FeaturesRow", {"features": _object("Features", features)})
    rows = {
        "type": "array",
        "items": {"anyOf": [_object("Row", columns), by_features]},
        "minItems": 1,
        "maxItems": most_rows,
    }
    return _object("PredictRequest", {"rows": rows})


def _object(title: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "title": title,
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
