"""Make the version that passed the champion, or the challenger where an endpoint rolls it out."""

from ...compiler.plan import PromoteParams, Step
from ..evaluation.promotions import CHALLENGED, CHAMPION, PROMOTED, opponent, version_of
from ..value import Yield
from ..workspace import StepInputs, Workspace


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """Moves the alias, and says in the audit log what was, or is to be, replaced.

    The first version of a model is the champion at once: there is nobody to take over from.
    """
    params = step.params
    assert isinstance(params, PromoteParams)
    ledger = workspace.ledger
    passed = inputs.one(workspace.plan, "gate")
    version = version_of(ledger, params.model, passed.facts["value_key"])
    replaced = opponent(ledger, params.model, version.value_key)
    facts = {
        "model": params.model,
        "version": version.version,
        "value_key": version.value_key,
        "replaced": None if replaced is None else replaced.value_key,
        "gate_key": passed.key,
    }
    champion = ledger.version(params.model, CHAMPION)
    rolled_out = (
        params.endpoint is not None and champion is not None and champion.version != version.version
    )
    subject = f"{params.model}@{version.version}"
    why = f"passed its gates ({passed.key})"
    # The audit entry comes first: an alias that moved is always explained.
    ledger.audit(CHALLENGED if rolled_out else PROMOTED, subject, facts)
    if rolled_out and params.endpoint is not None:
        ledger.begin_rollout(
            params.endpoint, params.model, version.version, params.steps, {**facts, "why": why}
        )
    else:
        ledger.set_alias(params.model, CHAMPION, version.version, why=why)
    return Yield(facts={**facts, "rolled_out": rolled_out})
