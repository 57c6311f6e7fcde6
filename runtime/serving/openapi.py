"""The description of the scoring request and its answer in OpenAPI 3.1."""

from typing import Any

from .problem import MEDIA_TYPE
from .respond import PredictResponse

_REFERENCE = "#/components/schemas/{model}"
_PROBLEMS = {
    "400": "The body is not strict JSON",
    "404": "No row has the features that it needs (`on_missing: reject`)",
    "408": "The body took too long",
    "413": "The body is too large, or has too many rows",
    "422": "The rows do not fit the endpoint",
    "503": "The features cannot be read now (`on_missing: reject`)",
}


def describe_predict(
    document: dict[str, Any], path: str, request: dict[str, Any]
) -> dict[str, Any]:
    """The document with the operation added. `request` is the JSON Schema of the body."""
    answer = PredictResponse.model_json_schema(ref_template=_REFERENCE)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(request.pop("$defs", {}))
    schemas.update(answer.pop("$defs", {}))
    schemas["PredictRequest"], schemas["PredictResponse"] = request, answer
    document["paths"][path] = {
        "post": {
            "summary": "Score rows by entity key, or by features",
            "operationId": "predict",
            "parameters": [_EXPLAIN],
            "requestBody": {"required": True, "content": _content("PredictRequest")},
            "responses": {
                "200": {"description": "Scores", "content": _content("PredictResponse")},
                **{
                    status: {"description": why, "content": {MEDIA_TYPE: {}}}
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
