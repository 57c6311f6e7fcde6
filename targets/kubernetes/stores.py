"""Where the state of a product lies: in shared stores, or on a volume of one node."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ...compiler.plan import Plan, SourceParams

_PORTS = {"postgresql": 5432, "redis": 6379, "rediss": 6379, "http": 80, "https": 443, "s3": 443}
_S3 = "s3://"


def embedded_stores(plan: Plan) -> tuple[str, ...]:
    """The stores, by their names in the spec, that lie in the state folder and that the plan uses.

    Where there is one, all pods need the same volume.
    """
    return tuple(_embedded(plan))


def _embedded(plan: Plan) -> Iterator[str]:
    stores = plan.stores
    if stores.artifacts is None or not stores.artifacts.path.startswith(_S3):
        yield "artifacts"
    if stores.ledger is None:
        yield "ledger"
    if stores.online is None and any(one.entity_keys for one in plan.endpoints):
        yield "online"


def store_ports(plan: Plan) -> tuple[int, ...]:
    """The TCP ports of the stores and buckets that the plan names, sorted."""
    return tuple(sorted({port for url in _addresses(plan) if (port := _port(url)) is not None}))


def _addresses(plan: Plan) -> Iterator[str]:
    stores = plan.stores
    if stores.artifacts is not None:
        yield stores.artifacts.endpoint or stores.artifacts.path
    yield from (one.url for one in (stores.ledger, stores.online) if one is not None)
    for step in plan:
        if isinstance(step.params, SourceParams):
            yield step.params.source.path


def _port(url: str) -> int | None:
    scheme = re.match(r"[a-z0-9+.-]+(?=://)", url)
    if scheme is None:
        return None
    return urlsplit(url).port or _PORTS.get(scheme[0].partition("+")[0])
