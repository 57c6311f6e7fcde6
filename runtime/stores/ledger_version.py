"""The version of the ledger's tables; `migrations` says what each one brought."""

from ..errors import StoreError

SCHEMA_VERSION = 3
BEFORE_ROLLOUTS = 1
"""Tables of this version are without `rollouts`; all else that readers read is in every version."""


def check_schema_version(found: int) -> None:
    """Raises StoreError for a ledger that a newer onespec has written."""
    if found not in range(1, SCHEMA_VERSION + 1):
        raise StoreError(
            f"the ledger has schema version {found}, this onespec knows 1 to {SCHEMA_VERSION}",
            remedy="a newer onespec has written it: use that one, or a newer",
        )
