"""The identity of a step: a hash of what changes its result, and of nothing else."""

from dataclasses import fields, is_dataclass
from typing import Any

from .plan import FeaturesParams, Gate, Program, SourceParams, SourceTable, StepParams
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
            "params": hashed(params),
            "inputs": list(inputs),
        }
    )


def hashed(value: Any) -> Any:
    """The part of parameters that enters a fingerprint, as JSON data."""
    if isinstance(value, SourceParams):
        # What is read of a source is part of the steps that read it: another column that
        # appears, or is read by one more view, changes nothing for the others.
        return {"kind": value.kind, "format": value.source.format}
    if isinstance(value, FeaturesParams):
        # The name of the examples' source matters only where the view reads that source, too.
        source = value.view.source
        own_row = source is not None and source.name == value.examples_source
        return {"kind": value.kind, "view": hashed(value.view), "own_row": own_row}
    if is_dataclass(value):
        skip = _NOT_HASHED.get(type(value), set())
        return {f.name: hashed(getattr(value, f.name)) for f in fields(value) if f.name not in skip}
    if isinstance(value, dict):
        return {key: hashed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [hashed(item) for item in value]
    return value
