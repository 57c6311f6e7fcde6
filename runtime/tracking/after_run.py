"""After a run, what it registered or promoted is shown in MLflow, where that is installed."""

from collections.abc import Mapping

from ..events import StepResult
from ..workspace import Workspace


def project_results(workspace: Workspace, results: Mapping[str, StepResult]) -> None:
    """Show each version that a `register` or `promote` step has touched now. Never fails."""
    touched = {
        (result.facts["model"], result.facts["version"])
        for step_id, result in results.items()
        if result.state == "done" and workspace.plan.step(step_id).kind in ("register", "promote")
    }
    if not touched:
        return
    from .mlflow_projection import project_version

    for model, number in sorted(touched):
        version = workspace.ledger.version(model, str(number))
        if version is not None:
            project_version(workspace, version)
