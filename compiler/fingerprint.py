"""The identity of a step: a hash of what changes its result, and of nothing else."""

from dataclasses import fields, is_dataclass
from typing import Any

from .plan import Gate, Program, SourceTable, StepParams
from .plan_file import digest
from .step_versions import STEP_VERSIONS

# Left out: how a thing was written, and where data lies; the runtime hashes the data itself.
_NOT_HASHED = {Program: {"text"}, Gate: {"text"}, SourceTable: {"path", "name"}}


def fingerprint(params: StepParams, inputs: tuple[str, ...]) -> str:
    """SHA-256 over kind, version of our code, parameters and the inputs' fingerprints."""
    return digest(
        {
            "kind": params.kind,
            "version": STEP_VERSIONS[params.kind],
            "params": _hashed(params),
            "inputs": list(inputs),
        }
    )


def _hashed(value: Any) -> Any:
    if is_dataclass(value):
        skip = _NOT_HASHED.get(type(value), set())
        return {
            f.name: _hashed(getattr(value, f.name)) for f in fields(value) if f.name not in skip
        }
    if isinstance(value, dict):
        return {key: _hashed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hashed(item) for item in value]
    return value
