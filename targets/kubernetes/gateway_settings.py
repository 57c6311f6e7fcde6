"""What the target can be told about the Gateway of the cluster."""

from typing import Annotated

from pydantic import Field, StringConstraints

from ...specs.sections.base import Section

_Label = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)
]
_Host = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", max_length=253
    ),
]


class Gateway(Section):
    """A Gateway (gateway.networking.k8s.io) through which endpoints are reached."""

    name: _Label
    """The Gateway that is there."""
    namespace: _Label | None = None
    """Its namespace; the product's when left out."""
    hosts: dict[str, _Host] = Field(default_factory=dict, examples=[{"api": "scores.example.com"}])
    """The host of each endpoint; any host of the Gateway when left out."""
