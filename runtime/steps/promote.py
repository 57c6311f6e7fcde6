"""Move the alias `champion` to the version that passed."""

from ...compiler.plan import PromoteParams, Step
from ..evaluation.promotions import CHAMPION, PROMOTED, opponent, version_of
from ..value import Yield
from ..workspace import StepInputs, Workspace


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """Promotes, and says in the audit log what was replaced."""
    params = step.params
    assert isinstance(params, PromoteParams)
    passed = inputs.one(workspace.plan, "gate")
    version = version_of(workspace.ledger, params.model, passed.facts["value_key"])
    replaced = opponent(workspace.ledger, params.model, version.value_key)
    facts = {
        "model": params.model,
        "version": version.version,
        "value_key": version.value_key,
        "replaced": None if replaced is None else replaced.value_key,
        "gate_key": passed.key,
    }
    # The audit entry comes first: an alias that moved is always explained.
    workspace.ledger.audit(PROMOTED, f"{params.model}@{version.version}", facts)
    workspace.ledger.set_alias(
        params.model, CHAMPION, version.version, why=f"passed its gates ({passed.key})"
    )
    return Yield(facts=facts)
