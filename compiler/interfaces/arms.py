"""The arms of an endpoint: in which part a version was asked."""

from typing import Literal, get_args

from ..plan import Endpoint

Arm = Literal["champion", "challenger", "shadow"]

ARMS: tuple[Arm, ...] = get_args(Arm)
"""The champion answers, the challenger answers its share in a rollout, a shadow never does."""


def tells_arms(endpoint: Endpoint) -> bool:
    """Whether a prediction of the endpoint may be from one of several versions, and says which."""
    return endpoint.rollout is not None


def logs_arms(endpoint: Endpoint) -> bool:
    """Whether the endpoint's log holds rows of several arms."""
    return endpoint.rollout is not None or endpoint.shadow is not None
