"""The JSON Schemas of the language, generated from the sections."""

from collections.abc import Iterator
from typing import Any

from .describe import add_descriptions
from .estimators import ESTIMATORS
from .patterns import DURATION
from .scalars import format_duration
from .sections.base import Section
from .sections.fragment import Fragment
from .sections.spec import Spec

Schema = dict[str, Any]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"

_NULL = {"type": "null"}


def spec_schema() -> Schema:
    """JSON Schema (2020-12) of a spec, with descriptions, defaults and examples.

    It accepts what the sections accept, up to what JSON Schema cannot say: that one value is
    above another, that shares add up, that a number is beyond 64 bits, or a date not in the
    calendar; and JSON does not tell 1.0 from 1.
    """
    schema = _schema_of(Spec, "onespec")
    # A file may leave to others what the whole must have: all sources may be a library's.
    schema["required"].remove("sources")
    schema["not"] = {"properties": {"sources": False, "include": {"maxItems": 0}}}
    return schema


def fragment_schema() -> Schema:
    """JSON Schema of a file that specs include."""
    return _schema_of(Fragment, "onespec fragment")


def _schema_of(model: type[Section], title: str) -> Schema:
    schema = model.model_json_schema(by_alias=True, mode="validation")
    add_descriptions(schema, model)
    definitions: dict[str, Schema] = schema["$defs"]
    for part in [schema, *definitions.values()]:
        for name, one in part.get("properties", {}).items():
            part["properties"][name] = _property(one, definitions)
    definitions["Estimator"]["properties"]["class"]["examples"] = [*ESTIMATORS]
    schema["title"] = title
    return {"$schema": _DRAFT, **schema}


def _property(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """A property as an editor shows it: one type where that is possible, texts for defaults."""
    schema = _tidied(schema)
    if "description" not in schema:
        for reference in _references(schema):
            schema["description"] = definitions[reference.rpartition("/")[2]]["description"]
    if "default" in schema and schema["default"] is None:
        del schema["default"]  # an editor would write it
    if schema.get("pattern") == DURATION and isinstance(schema.get("default"), int):
        schema["default"] = format_duration(schema["default"])
    return schema


def _references(schema: Schema) -> Iterator[str]:
    inside = (schema.get("additionalProperties"), schema.get("items"))
    for part in (schema, *schema.get("anyOf", ()), *inside):
        if isinstance(part, dict) and "$ref" in part:
            yield part["$ref"]


def _tidied(schema: Schema) -> Schema:
    """Without titles that repeat the key, and with choices of simple types as one type."""
    tidy = {key: value for key, value in schema.items() if key != "title"}
    for key in ("items", "additionalProperties", "propertyNames"):
        if isinstance(tidy.get(key), dict):
            tidy[key] = _tidied(tidy[key])
    if "patternProperties" in tidy:
        ((pattern, values),) = tidy.pop("patternProperties").items()
        tidy["propertyNames"] = {"pattern": pattern, **tidy.get("propertyNames", {})}
        tidy["additionalProperties"] = _tidied(values)
    choices = [_tidied(one) for one in tidy.get("anyOf", ())]
    if choices and all(isinstance(one.get("type"), str | list) for one in choices):
        del tidy["anyOf"]
        tidy = {**_together(choices), **tidy}
    elif choices:
        tidy["anyOf"] = choices
    return tidy


def _together(choices: list[Schema]) -> Schema:
    """Choices of different types, whose other keywords each look at values of one type only."""
    types: list[str] = []
    merged: Schema = {}
    for one in choices:
        types += [one["type"]] if isinstance(one["type"], str) else one["type"]
        merged = {**merged, **one}
    if "enum" in merged and _NULL in choices:
        merged["enum"] = [*merged["enum"], None]
    assert len(set(types)) == len(types), "two choices of one type are not one type"
    return {**merged, "type": types}
