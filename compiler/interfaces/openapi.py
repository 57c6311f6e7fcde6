"""The description of the scoring request and its answer in OpenAPI 3.1."""

from typing import Any

from ..plan import Endpoint
from .answer import answer_schema
from .request import MOST_ROWS, request_schema

PREDICT = "/v1/predict"
PROBLEM_TYPE = "application/problem+json"

_REFERENCE = "#/components/schemas/{model}"
_PROBLEMS = {
    "400": "The body is not strict JSON",
    "404": "No row has the features that it needs (`on_missing: reject`)",
    "408": "The body took too long",
    "413": "The body is too large, or has too many rows",
    "422": "The rows do not fit the endpoint",
    "503": "The features cannot be read now (`on_missing: reject`)",
}


def title(endpoint: Endpoint) -> str:
    """The title of the document."""
    return f"{endpoint.name}: {endpoint.model}"


def openapi(endpoint: Endpoint) -> dict[str, Any]:
    """The scoring operation alone: a running endpoint adds health and metrics."""
    info = {"title": title(endpoint), "version": "1"}
    return describe_predict({"openapi": "3.1.0", "info": info, "paths": {}}, endpoint)


def describe_predict(
    document: dict[str, Any], endpoint: Endpoint, most_rows: int = MOST_ROWS
) -> dict[str, Any]:
    """The document with the scoring operation added."""
    answer = answer_schema(endpoint, _REFERENCE)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(answer.pop("$defs", {}))
    schemas["PredictRequest"] = request_schema(endpoint, most_rows)
    schemas["PredictResponse"] = answer
    document["paths"][PREDICT] = {
        "post": {
            "summary": "Score rows by entity key, or by features",
            "operationId": "predict",
            "parameters": [_EXPLAIN],
            "requestBody": {"required": True, "content": _content("PredictRequest")},
            "responses": {
                "200": {"description": "Scores", "content": _content("PredictResponse")},
                **{
                    status: {"description": why, "content": {PROBLEM_TYPE: {}}}
                    for status, why in _PROBLEMS.items()
                },
            },
        }
    }
    return document


_EXPLAIN = {
    "name": "explain",
    "in": "query",
    "description": "Return the feature values that were used, too",
    "schema": {"type": "string", "enum": ["features"]},
}


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REFERENCE.format(model=schema)}}}
