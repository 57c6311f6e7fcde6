"""Establish the content identity of a source, and that it still has the locked shape."""

from ...compiler.plan import Step
from ..identities.source import identity, source_of
from ..sources.files import source_files
from ..sources.read import count_rows, verify_schema
from ..value import Yield
from ..workspace import StepInputs, Workspace


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:  # noqa: ARG001
    """Facts: `identity`, `rows`, `bytes`, `files`. Text formats are read and parsed as a whole."""
    source = source_of(step)
    verify_schema(source, workspace.project)
    files = source_files(source.name, source.path, source.format, workspace.project)
    return Yield(
        facts={
            "identity": identity(step, workspace),
            "rows": count_rows(source, workspace.project),
            "bytes": sum(file.path.stat().st_size for file in files),
            "files": len(files),
        }
    )
