"""The identity of a step: a hash of what changes its result, and of nothing else."""

import hashlib
import json
from typing import Any

from .canonical import CanonicalTexts
from .plan import (
    FeaturesParams,
    Gate,
    Program,
    PromoteParams,
    SourceParams,
    SourceTable,
    StepParams,
    ViewProgram,
)
from .step_versions import STEP_VERSIONS

# How a thing was written, and where data lies (the runtime hashes the data itself); what follows
# from the rest: a program's type from its tree, a view's features from its fields and windows.
# How a version takes over is decided when it does, and is no reason to decide it anew.
_NOT_HASHED = {
    Program: frozenset({"text", "type", "nullable"}),
    ViewProgram: frozenset({"features"}),
    Gate: frozenset({"text"}),
    SourceTable: frozenset({"path", "name"}),
    PromoteParams: frozenset({"endpoint", "steps"}),
}


class Fingerprints:
    """Makes the fingerprints of one plan's steps."""

    def __init__(self) -> None:
        self._texts = CanonicalTexts(_NOT_HASHED)

    def of(self, params: StepParams, inputs: tuple[str, ...]) -> str:
        """SHA-256 over kind, version of our code, parameters and the inputs' fingerprints."""
        text = self._texts.text
        canonical = (
            f'{{"inputs":{text(inputs)},"kind":{text(params.kind)},"params":{text(_counts(params))}'
            f',"version":{STEP_VERSIONS[params.kind]}}}'
        )
        return hashlib.sha256(canonical.encode()).hexdigest()


def hashed(value: Any) -> Any:
    """The part of parameters that enters a fingerprint, as JSON data."""
    return json.loads(CanonicalTexts(_NOT_HASHED).text(_counts(value)))


def _counts(value: Any) -> Any:
    """What counts of a step's parameters, where that is not all of them."""
    if isinstance(value, SourceParams):
        # What is read of a source is part of the steps that read it: another column that
        # appears, or is read by one more view, changes nothing for the others.
        return {"kind": value.kind, "format": value.source.format}
    if isinstance(value, FeaturesParams):
        # The name of the examples' source matters only where the view reads that source, too.
        source = value.view.source
        own_row = source is not None and source.name == value.examples_source
        return {"kind": value.kind, "view": value.view, "own_row": own_row}
    return value
