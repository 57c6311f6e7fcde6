"""Read a source within a step: exactly the content that the step's key stands for."""

from collections.abc import Iterable

import pyarrow as pa

from ...compiler.plan import SourceParams, SourceTable
from ..workspace import StepInputs, Workspace
from .identity import source_identity
from .problem import problem
from .read import read_source


def open_source(
    source: SourceTable,
    inputs: StepInputs,
    workspace: Workspace,
    columns: Iterable[str] | None = None,
) -> pa.Table:
    """The rows of a source whose `source` step is an input.

    Raises SourceError when the files changed after that step looked at them: what is read would
    be published under the key of other data.
    """
    table = read_source(source, workspace.project, columns)
    found = source_identity(source, workspace.project, workspace.state)
    if found != recorded_identity(source, inputs, workspace):
        raise problem(
            source.name,
            "its files changed while the plan ran",
            remedy="run again when nobody writes to them",
        )
    return table


def recorded_identity(source: SourceTable, inputs: StepInputs, workspace: Workspace) -> str:
    """The content identity that the input step of this source recorded."""
    for step, value in inputs.of_kind(workspace.plan, "source"):
        params = step.params
        if isinstance(params, SourceParams) and params.source.name == source.name:
            return str(value.facts["identity"])
    raise ValueError(f"the step has no input for source {source.name!r}")
