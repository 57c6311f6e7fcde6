"""The plan as a file: canonical JSON, held against its published schema on the way in."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .plan import PLAN_VERSION, Plan


class PlanFileError(Exception):
    """A plan file is missing, damaged, or of another version."""


@cache
def _adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


def canonical(data: Any) -> str:
    """JSON with sorted keys and no spare blanks: equal data gives equal text."""
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(data: Any) -> str:
    """The SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def plan_json(value: Any) -> Any:
    """A plan, or any part of one, as JSON data."""
    return _to_json(value)


def plan_text(plan: Plan) -> str:
    """The plan as readable JSON, the same text for the same plan."""
    return json.dumps(plan_json(plan), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def plan_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a plan file."""
    schema = _adapter().json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def parse_plan(text: str) -> Plan:
    """Raises PlanFileError with what is wrong and where."""
    try:
        plan = _adapter().validate_json(text)
    except ValidationError:
        raise PlanFileError(f"not a plan of this version: {_finding(text)}") from None
    if plan.version != PLAN_VERSION:
        raise PlanFileError(f"plan version {plan.version}, this onespec reads {PLAN_VERSION}")
    return plan


def _finding(text: str) -> str:
    """What the published schema says of a text that is no plan, the most telling thing first."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    try:
        data = json.loads(text)
    except ValueError as error:
        return f"it is not JSON: {error}"
    version = data.get("version", PLAN_VERSION) if isinstance(data, dict) else PLAN_VERSION
    if version != PLAN_VERSION:
        return f"it is of version {version!r:.20}, this onespec reads {PLAN_VERSION}"
    found = best_match(Draft202012Validator(plan_schema()).iter_errors(data))
    if found is None:
        return "its fields contradict each other"
    return f"{found.json_path}: {found.message:.200}"


def load_plan(path: Path) -> Plan:
    """Raises PlanFileError when there is no readable plan at `path`."""
    try:
        return parse_plan(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PlanFileError(f"cannot read the plan {path}: {error}") from error


def _to_json(value: Any) -> Any:
    """Dataclasses as objects without the fields that hold their default: people read plans too."""
    if is_dataclass(value):
        return {
            f.name: _to_json(getattr(value, f.name))
            for f in fields(value)
            if f.name == "kind" or not _is_default(f, getattr(value, f.name))
        }
    if isinstance(value, Mapping):
        return {key: _to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_to_json(item) for item in value]
    return value


def _is_default(f: Field[Any], value: Any) -> bool:
    if f.default_factory is not MISSING:
        return bool(value == f.default_factory())
    return f.default is not MISSING and bool(value == f.default)
