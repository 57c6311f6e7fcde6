"""Writes the JSON Schemas of this folder from the models: `python -m onespec.schemas.generate`."""

import json
from pathlib import Path
from typing import Any

from ..compiler.plan_file import plan_schema
from ..specs.schema import fragment_schema, spec_schema

FOLDER = Path(__file__).parent


def schemas() -> dict[str, dict[str, Any]]:
    """Every published schema by its file name."""
    return {
        "onespec.schema.json": spec_schema(),
        "fragment.schema.json": fragment_schema(),
        "plan.schema.json": plan_schema(),
    }


def schema_text(schema: dict[str, Any]) -> str:
    """The file's text."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, schema in schemas().items():
        (FOLDER / name).write_text(schema_text(schema), encoding="utf-8")
