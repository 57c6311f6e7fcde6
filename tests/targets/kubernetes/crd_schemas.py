"""Strict JSON Schemas of custom resources, out of the CRDs that their operators publish."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

REPO = Path(__file__).parents[3]
_FILES = {
    "RayJob": "ray.io_rayjobs",
    "RayService": "ray.io_rayservices",
    "RayCronJob": "ray.io_raycronjobs",
    "ServiceMonitor": "monitoring.coreos.com_servicemonitors",
    "PodMonitor": "monitoring.coreos.com_podmonitors",
    "PrometheusRule": "monitoring.coreos.com_prometheusrules",
}
CUSTOM = frozenset(_FILES)
"""The kinds that it knows."""
_MAPS = ("properties", "patternProperties")


@cache
def crd_folder() -> Path | None:
    """`../shared/crds` beside the checkout, or beside that of which this is a worktree."""
    words = ["git", "rev-parse", "--path-format=absolute", "--git-common-dir"]
    told = subprocess.run(words, cwd=REPO, capture_output=True, text=True, check=False)
    roots = [REPO, Path(told.stdout.strip()).parent] if told.returncode == 0 else [REPO]
    folders = [root.parent / "shared" / "crds" for root in roots]
    return next((folder for folder in folders if folder.is_dir()), None)


def faults(body: Any) -> list[str]:
    """What a strict API server would say of a custom resource; skips where there is no schema."""
    if crd_folder() is None:
        pytest.skip("the CRDs are not in ../shared/crds")
    validator = _validator(body["kind"], body["apiVersion"].rpartition("/")[2])
    return [f"{one.json_path}: {one.message}" for one in validator.iter_errors(body)]


@cache
def _validator(kind: str, version: str) -> Draft202012Validator:
    folder = crd_folder()
    assert folder is not None
    text = (folder / f"{_FILES[kind]}.yaml").read_text("utf-8")
    document = yaml.load(text, yaml.CSafeLoader)
    versions = {one["name"]: one for one in document["spec"]["versions"]}
    schema = _strict(versions[version]["schema"]["openAPIV3Schema"])
    # The API server knows these of every object.
    schema["properties"]["metadata"] = _METADATA
    schema["required"] = [*schema.get("required", ()), "apiVersion", "kind", "metadata", "spec"]
    return Draft202012Validator(schema)


_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_METADATA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
        "namespace": {"type": "string"},
        "labels": _TEXTS,
        "annotations": _TEXTS,
    },
    "required": ["name"],
    "additionalProperties": False,
}


def _strict(schema: Any) -> Any:
    """No unknown fields where the structure is known, and both forms where there are two."""
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _MAPS:
            found[key] = {name: _strict(one) for name, one in value.items()}
        elif key in ("items", "additionalProperties"):
            found[key] = _strict(value)
        elif key in ("allOf", "anyOf", "oneOf"):
            found[key] = [_strict(one) for one in value]
        elif key not in ("description", "default", "format"):
            found[key] = value
    known = "properties" in found and "additionalProperties" not in found
    if known and not schema.get("x-kubernetes-preserve-unknown-fields"):
        found["additionalProperties"] = False
    return found
