"""The stores that a plan runs on: those that its spec chose, else the embedded ones.

Two functions a store: one to work with it, which may make what is not there, and one to look at
it, which makes nothing. Libraries and secrets are needed only for what is chosen.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeGuard

from ...compiler.plan import ArtifactsAt, Plan
from ..errors import StoreError
from .artifacts import ArtifactStore, ValueIndex
from .ledger import Ledger, LedgerReader
from .online import OnlineIndex, OnlineStore


def artifacts_of(plan: Plan, project: Path, state: Path) -> ArtifactStore:
    """The artifact store; what lies in the state's scratch folder may be taken by it."""
    from .folder import FolderStore

    chosen, scratch = plan.stores.artifacts, state / "scratch"
    if on_s3(chosen):
        from .s3 import S3Store
        from .s3_bucket import Bucket

        return S3Store(Bucket(chosen), FolderStore(state / "cache", owned=scratch))
    return FolderStore(artifacts_folder(chosen, project, state), owned=scratch)


def artifacts_seen(plan: Plan, project: Path, state: Path) -> ValueIndex:
    """What values there are."""
    chosen = plan.stores.artifacts
    if on_s3(chosen):
        from .s3_bucket import Bucket
        from .s3_index import S3Index

        return S3Index(Bucket(chosen))
    from .folder_index import FolderIndex

    return FolderIndex(artifacts_folder(chosen, project, state))


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


def on_s3(chosen: ArtifactsAt | None) -> TypeGuard[ArtifactsAt]:
    """Whether artifacts lie in a bucket, and not in a folder."""
    return chosen is not None and chosen.path.startswith("s3://")


def artifacts_folder(chosen: ArtifactsAt | None, project: Path, state: Path) -> Path:
    """A folder that the spec names is relative to the project."""
    return state / "store" if chosen is None else project / chosen.path


def _not_yet(store: str, url: str) -> StoreError:
    return StoreError(f"this version cannot open {url}, the store of {store}")
