"""Move the alias `champion` to the version that passed."""

from ...compiler.plan import PromoteParams, Step
from ..evaluation.champions import CHAMPION, PROMOTED, opponent, promotions, version_of
from ..value import Value, Yield
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


def holds(value: Value, step: Step, workspace: Workspace) -> bool:
    """A promotion holds until a plan promotes another version.

    An operator's rollback is not a promotion: a rerun whose steps are all cached leaves it alone.
    Where a ledger has no champion at all, the promotion is made again.
    """
    assert isinstance(step.params, PromoteParams)
    model = step.params.model
    if workspace.ledger.version(model, CHAMPION) is None:
        return False
    made = promotions(workspace.ledger, model)
    return bool(made) and made[0].get("value_key") == value.facts["value_key"]
