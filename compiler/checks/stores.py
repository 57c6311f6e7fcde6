"""Stores that are shared while what they point to is not."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic
from ..graph import Graph


def check_stores(graph: Graph) -> Iterator[Diagnostic]:
    """W223 for a ledger on a server beside artifacts that one machine alone sees."""
    stores = graph.spec.stores
    if stores.ledger is not None and stores.artifacts is None:
        yield Diagnostic(
            "W223",
            "the ledger is shared, and the artifacts that its versions stand for are not",
            graph.key_span(("stores", "ledger")),
            severity="warning",
            hint="name a bucket or a mounted folder as `artifacts`, too",
        )
