"""The version of the ledger's tables."""

from ..errors import StoreError

SCHEMA_VERSION = 2
BEFORE_ROLLOUTS = 1
"""Tables of this version are as now, but for `rollouts`, which it lacks."""


def check_schema_version(found: int) -> None:
    """Raises StoreError for a ledger of another version."""
    if found not in (BEFORE_ROLLOUTS, SCHEMA_VERSION):
        raise StoreError(
            f"the ledger has schema version {found}, this onespec uses {SCHEMA_VERSION}",
            remedy="use the version of onespec that wrote it, or a newer one",
        )
