"""The JSON Schema of the language, generated from the sections."""

from typing import Any

from .describe import add_descriptions
from .sections.spec import Spec


def spec_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a spec, with descriptions, defaults and examples."""
    schema = Spec.model_json_schema(by_alias=True, mode="validation")
    add_descriptions(schema, Spec)
    schema["title"] = "onespec"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
