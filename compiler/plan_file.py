"""The plan as a file: JSON for people and machines, held against its schema on the way in.

In memory each step holds all that it needs. In the file every feature view is written once, under
`views`, and every model's inputs once, under `signatures`; steps and endpoints name them.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .plan import PLAN_VERSION, Plan, ViewProgram
from .plan_writer import plan_text

__all__ = [
    "PlanFileError",
    "load_plan",
    "parse_plan",
    "plan_schema",
    "plan_text",
]


class PlanFileError(Exception):
    """A plan file is missing, damaged, or of another version."""


@cache
def _adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


def plan_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a plan file."""
    schema = _adapter().json_schema()
    parts = schema["$defs"]
    for name, part in parts.items():
        if name != ViewProgram.__name__:
            _refer(part["properties"])
    schema["properties"]["views"] = {
        "type": "object",
        "description": "Feature views, lowered, by name.",
        "additionalProperties": {"$ref": f"#/$defs/{ViewProgram.__name__}"},
    }
    schema["properties"]["signatures"] = {
        "type": "object",
        "description": "The inputs of each model in order, as references of features.",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    }
    schema["required"] += ["signatures", "views"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _refer(properties: dict[str, Any]) -> None:
    """In the file, names stand for views and for the features that a model reads."""
    text = {"type": "string"}
    texts = {"type": "array", "items": text}
    for name, wanted in (("view", text), ("views", texts), ("features", text)):
        if "$defs" in str(properties.get(name)):
            properties[name] = {"title": name.title(), **wanted}


def parse_plan(text: str) -> Plan:
    """Raises PlanFileError with what is wrong and where."""
    try:
        data = json.loads(text)
        _resolve(data)
        plan = _adapter().validate_python(data)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise PlanFileError(f"not a plan of this version: {_finding(text)}") from None
    return plan


def load_plan(path: Path) -> Plan:
    """Raises PlanFileError when there is no readable plan at `path`."""
    try:
        return parse_plan(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PlanFileError(f"cannot read the plan {path}: {error}") from error


def _resolve(data: dict[str, Any]) -> None:
    """Put views and features where their names stand."""
    if data["version"] != PLAN_VERSION:
        raise ValueError(data["version"])
    views: dict[str, Any] = data.pop("views")
    features = {f["reference"]: f for view in views.values() for f in view["features"]}
    signatures = {
        model: [features[reference] for reference in references]
        for model, references in data.pop("signatures").items()
    }
    for part in (*(step["params"] for step in data["steps"]), *data.get("endpoints", ())):
        if "view" in part:
            part["view"] = views[part["view"]]
        if "views" in part:
            part["views"] = [views[name] for name in part["views"]]
        if "features" in part:
            part["features"] = signatures[part["features"]]


def _finding(text: str) -> str:
    """What the published schema says of a text that is no plan, the most telling thing first."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"it is not JSON: {error}"
    version = data.get("version", PLAN_VERSION) if isinstance(data, dict) else PLAN_VERSION
    if version != PLAN_VERSION:
        return f"it is of version {version!r:.20}, this onespec reads {PLAN_VERSION}"
    found = best_match(Draft202012Validator(plan_schema()).iter_errors(data))
    if found is None:
        return "it names views or features that it does not hold"
    return f"{found.json_path}: {found.message:.200}"
