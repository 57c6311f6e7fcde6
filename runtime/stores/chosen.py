"""The stores that a plan runs on: those that its spec chose, else the embedded ones.

Two functions a store: one to work with it, which may make what is not there, and one to look at
it, which makes nothing. Libraries and secrets are needed only for what is chosen.
"""

from collections.abc import Callable
from pathlib import Path

from ...compiler.plan import Plan
from ..errors import StoreError
from .artifacts import ArtifactStore, ValueIndex
from .ledger import Ledger, LedgerReader
from .online import OnlineIndex, OnlineStore


def artifacts_of(plan: Plan, project: Path, state: Path) -> ArtifactStore:
    """The artifact store; what lies in the state's scratch folder may be taken by it."""
    from .folder import FolderStore

    return FolderStore(_artifacts_folder(plan, project, state), owned=state / "scratch")


def artifacts_seen(plan: Plan, project: Path, state: Path) -> ValueIndex:
    """What values there are."""
    from .folder_index import FolderIndex

    return FolderIndex(_artifacts_folder(plan, project, state))


def ledger_of(plan: Plan, state: Path, clock: Callable[[], int]) -> Ledger:
    """The ledger. `clock` gives the instant of each record (UTC µs)."""
    from .ledger_sql import SqlLedger
    from .sql_engine import sqlite_url

    if plan.stores.ledger is not None:
        raise _not_yet("ledger", plan.stores.ledger.url)
    return SqlLedger(sqlite_url(state / "ledger.sqlite"), clock)


def ledger_seen(plan: Plan, state: Path) -> LedgerReader:
    """What is remembered."""
    from .ledger_file import LedgerFile

    if plan.stores.ledger is not None:
        raise _not_yet("ledger", plan.stores.ledger.url)
    return LedgerFile(state / "ledger.sqlite")


def online_of(plan: Plan, state: Path) -> OnlineStore:
    """The online store."""
    from .online_sqlite import SqliteOnlineStore

    if plan.stores.online is not None:
        raise _not_yet("online", plan.stores.online.url)
    return SqliteOnlineStore(state / "online.sqlite")


def online_seen(plan: Plan, state: Path) -> OnlineIndex:
    """What is online."""
    return online_of(plan, state)


def _artifacts_folder(plan: Plan, project: Path, state: Path) -> Path:
    """A folder that the spec names is relative to the project."""
    chosen = plan.stores.artifacts
    if chosen is None:
        return state / "store"
    if "://" in chosen.path:
        raise _not_yet("artifacts", chosen.path)
    return project / chosen.path


def _not_yet(store: str, url: str) -> StoreError:
    return StoreError(f"this version cannot open {url}, the store of {store}")
