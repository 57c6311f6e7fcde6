"""What the compiler says of an endpoint is what the endpoint publishes and accepts."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from onespec.compiler.compile import check
from onespec.compiler.contract import contract
from onespec.compiler.interfaces.openapi import PREDICT, openapi
from onespec.compiler.interfaces.request import request_schema
from onespec.compiler.plan import Column, Endpoint, Feature
from onespec.compiler.scheduling.builder import Builder
from onespec.compiler.scheduling.deployments import endpoint_of
from onespec.runtime.serving.application import create_app
from onespec.runtime.serving.arms import Asked
from onespec.runtime.serving.guard import Limits
from onespec.runtime.serving.predict import Prediction, Refusal
from onespec.runtime.serving.request import RequestRows
from onespec.runtime.serving.respond import respond
from onespec.runtime.serving.service import Answer

EXAMPLES = Path(__file__).parents[3] / "examples"
KINDS: tuple[Any, ...] = ("bool", "int", "float", "string", "timestamp", "date")
EVERY_TYPE = Endpoint(
    "api", "m", "regression", 0,
    tuple(Column(f"{kind} key", kind, nullable=True) for kind in KINDS),
    tuple(Column(f"{kind}_in", kind, nullable=False) for kind in KINDS),
    (),
    tuple(Feature(f"v.{kind}", kind, nullable, "v", kind) for kind, nullable in
          (("bool", True), ("int", False), ("float", True), ("string", True))),
)  # fmt: skip


def _endpoint(example: str) -> Endpoint:
    graph = check(EXAMPLES / example / "pipeline.yaml").graph
    return endpoint_of(Builder(graph), graph.deployments["api"])


def _app(endpoint: Endpoint, **limits: int) -> Any:
    service: Any = SimpleNamespace(endpoint=endpoint)
    return create_app(service, limits=Limits(**limits))


@pytest.mark.parametrize("example", ["flights", "minimal"])
def test_the_contract_is_what_the_application_publishes(example: str) -> None:
    endpoint = _endpoint(example)
    published, told = _app(endpoint).openapi(), openapi(endpoint)
    assert published["paths"][PREDICT] == told["paths"][PREDICT]
    schemas = published["components"]["schemas"]
    assert told["components"]["schemas"].items() <= schemas.items()
    assert published["info"] == told["info"]
    graph = check(EXAMPLES / example / "pipeline.yaml").graph
    chain = contract(graph, graph.deployments["api"])
    assert chain.request_schema == schemas["PredictRequest"]


@pytest.mark.parametrize(("label", "own"), [("int", 4), ("string", "four")])
def test_an_answer_of_several_classes_is_what_is_published(label: Any, own: Any) -> None:
    """A row that was answered, and one that was refused, as they go over the wire."""
    endpoint = replace(EVERY_TYPE, task="multiclass_classification", label=label)
    schemas = _app(endpoint).openapi()["components"]["schemas"]
    assert openapi(endpoint)["components"]["schemas"].items() <= schemas.items()
    told = Prediction({}, score=0.75, label=own, probabilities={"4": 0.75, "9": 0.25})
    refused = Prediction({}, refusal=Refusal(404, "no such key"))
    loaded: Any = SimpleNamespace(model="m", version=1, scorer=SimpleNamespace(classes=(own,)))
    asked = [Asked("champion", loaded)] * 2
    body = bytes(respond(Answer(asked, [told, refused]), "r", explain=False).body)
    schema = {"$ref": "#/components/schemas/PredictResponse", "components": {"schemas": schemas}}
    validator = Draft202012Validator(schema)
    document = json.loads(body)
    validator.validate(document)
    first, second = document["predictions"]
    assert (first["prediction"], first["probabilities"]) == (own, {"4": 0.75, "9": 0.25})
    assert (second["prediction"], second["score"], second["probabilities"]) == (None, None, None)
    document["predictions"][0]["prediction"] = 4.5  # the control: of neither type
    assert not validator.is_valid(document)
    document["predictions"][0]["prediction"] = "four" if label == "int" else 4
    assert not validator.is_valid(document)


def test_the_host_may_allow_fewer_rows() -> None:
    schemas = _app(EVERY_TYPE, rows=7).openapi()["components"]["schemas"]
    assert schemas["PredictRequest"]["properties"]["rows"]["maxItems"] == 7


@pytest.mark.parametrize(
    "endpoint", [EVERY_TYPE, _endpoint("flights"), _endpoint("minimal")], ids=lambda e: e.model
)
def test_what_is_published_is_what_is_accepted(endpoint: Endpoint) -> None:
    """The types that read the rows tell the same JSON Schema, but for titles."""
    rows = request_schema(endpoint)["properties"]["rows"]["items"]["anyOf"]
    accepted = RequestRows(endpoint, most_rows=1).schemas()
    assert [_untitled(row) for row in rows] == [_untitled(_inlined(row)) for row in accepted]


def _inlined(schema: dict[str, Any]) -> Any:
    definitions = schema.pop("$defs", {})

    def inline(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return inline(definitions[value["$ref"].rpartition("/")[2]])
            return {key: inline(inner) for key, inner in value.items()}
        return [inline(inner) for inner in value] if isinstance(value, list) else value

    return inline(schema)


def _untitled(value: Any) -> Any:
    """Without the titles of schemas; a property may be called `title` all the same."""
    if isinstance(value, list):
        return [_untitled(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        key: {name: _untitled(one) for name, one in inner.items()}
        if key == "properties"
        else _untitled(inner)
        for key, inner in value.items()
        if key != "title"
    }
