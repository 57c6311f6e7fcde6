"""Whether a promotion still holds."""

from ...compiler.plan import PromoteParams, Step
from ..evaluation.promotions import CHAMPION, promotions
from ..value import Value
from ..workspace import Surroundings


def holds(value: Value, step: Step, here: Surroundings) -> bool:
    """A promotion holds until a plan promotes another version, at once or by a rollout.

    An operator's rollback is not a promotion, and a rollout that was aborted stays so: a rerun
    whose steps are all cached leaves both alone. Where a ledger has no champion at all, the
    promotion is made again.
    """
    assert isinstance(step.params, PromoteParams)
    model = step.params.model
    if here.ledger.version(model, CHAMPION) is None:
        return False
    made = promotions(here.ledger, model)
    return bool(made) and made[0].get("value_key") == value.facts["value_key"]
