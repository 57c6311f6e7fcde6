"""What the target can be told about KubeRay and the clusters that it makes."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from ....specs.sections.base import Duration, Section, Share, Size

_GIB = 2**30
_MINUTE = 60_000_000

_Secret = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
_Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+$", max_length=253)]


class Head(Section):
    """The head of a cluster: it schedules and runs no step."""

    cpu: float = Field(default=1.0, gt=0)
    memory: Size = 4 * _GIB


class GcsRedis(Section):
    """A Redis that remembers what the head knows, so that endpoints go on while it starts again.

    Not one that may forget (an eviction policy), and so not the online store's.
    """

    address: Annotated[str, StringConstraints(pattern=r"^(rediss?://)?[A-Za-z0-9.-]+:[0-9]+$")]
    """`host:port`; `rediss://host:port` for TLS."""
    secret: _Secret | None = None
    """The Secret with its password; none when left out."""
    key: _Key = "password"
    """The key of the password in that Secret."""


class Incremental(Section):
    """Move requests to a new cluster step by step, by a Gateway that KubeRay makes."""

    gateway_class: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    """The GatewayClass of the cluster."""
    step: Share = 0.1
    """The share that moves at a time."""
    every: Duration = _MINUTE
    """How long to wait between two steps."""


class KubeRay(Section):
    """`kuberay: true`, or what differs from an expert's choice."""

    ray_version: Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")] = "2.60.0"
    """The Ray in the image; token authentication needs 2.52 or later."""
    head: Head = Field(default_factory=Head)
    workers: int = Field(default=4, ge=1, le=1000)
    """The most pods of each kind of worker for a job; there are none while nothing waits."""
    idle: Duration = _MINUTE
    """A worker that has nothing to do for so long goes."""
    schedules: Literal["CronJob", "RayCronJob"] = "CronJob"
    """What starts a scheduled batch: one pod, or a Ray cluster by KubeRay's RayCronJob, which is
    alpha and does nothing unless the operator's feature gate of that name is on."""
    redis: GcsRedis | None = None
    incremental: Incremental | None = None
    """How endpoints move to a new cluster; all at once, when it is ready, when left out."""


def _short(value: Any) -> Any:
    return {} if value is True else None if value is False else value


KubeRayChoice = Annotated[
    KubeRay | None, BeforeValidator(_short, json_schema_input_type=KubeRay | bool | None)
]
"""`true`, `false`, or the settings."""
