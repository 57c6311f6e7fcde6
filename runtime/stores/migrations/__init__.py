"""How a ledger of an earlier schema becomes one of the newest: one file a step, never changed.

A step says in full what it makes, and does not read `ledger_tables`, which goes on changing.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from . import v0002_rollouts, v0003_said_once

# The first brings version 1 to 2, and so on.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    v0002_rollouts.upgrade,
    v0003_said_once.upgrade,
)
