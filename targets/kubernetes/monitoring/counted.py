"""Where the requests of an endpoint are counted: by our server, or by Ray Serve before it."""

from collections.abc import Mapping
from dataclasses import dataclass

from ....compiler.interfaces.metrics import REQUEST_SECONDS, REQUESTS
from ....compiler.interfaces.openapi import PREDICT
from .watched import WatchedEndpoint

_SERVE = "ray_serve_http_request_latency_ms"


@dataclass(frozen=True, slots=True)
class Counted:
    """The series of an endpoint's requests, and the labels that it is told by.

    `requests` is a counter with the HTTP code in the label `status`; `buckets` a histogram of their
    time, of which a second has `unit`.
    """

    labels: Mapping[str, str]
    by: str
    requests: str
    status: str
    buckets: str
    unit: float


def counted(one: WatchedEndpoint) -> Counted:
    """Serve spreads scrapes over the replicas as it does requests, so that what a replica counts
    cannot be read through it: there, Serve's own metrics tell."""
    if one.application:
        labels = {"application": one.application, "route": PREDICT}
        by = "by (namespace, application)"
        return Counted(labels, by, f"{_SERVE}_count", "status_code", f"{_SERVE}_bucket", 1000.0)
    labels, by = {"service": one.service}, "by (namespace, service)"
    return Counted(labels, by, REQUESTS, "status", f"{REQUEST_SECONDS}_bucket", 1.0)
