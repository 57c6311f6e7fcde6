"""Whether a version is still registered."""

from ...compiler.plan import RegisterParams, Step
from ..evaluation.promotions import registered
from ..value import Value
from ..workspace import Surroundings


def holds(value: Value, step: Step, here: Surroundings) -> bool:
    """The ledger still knows the version. Its number is the ledger's to say, not the value's."""
    assert isinstance(step.params, RegisterParams)
    return registered(here.ledger, step.params.model, value.facts["value_key"]) is not None
