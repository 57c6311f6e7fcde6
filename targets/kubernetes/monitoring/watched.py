"""What there is to watch, by the names that it has in the cluster."""

from collections.abc import Mapping
from dataclasses import dataclass

from ....compiler.plan import Endpoint


@dataclass(frozen=True, slots=True)
class WatchedEndpoint:
    """A Deployment that answers for an endpoint, and the Service before it.

    `labels` are those by which the Service is found, and its pods. `arm` is the alias that it
    serves (champion, challenger); empty where one process serves all. On Ray Serve there is no
    Deployment, but an `application`.
    """

    endpoint: Endpoint
    service: str
    deployment: str
    labels: Mapping[str, str]
    arm: str = ""
    application: str = ""


@dataclass(frozen=True, slots=True)
class WatchedJob:
    """A CronJob that runs a batch, or a monitor, whose failure may be what it found."""

    name: str
    cronjob: str
    at: str
    monitor: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where components are written, and the namespace and the labels that their objects bear."""

    folder: str
    namespace: str
    labels: Mapping[str, str]
