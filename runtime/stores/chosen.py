"""The stores that a plan runs on: those that its spec chose, else the embedded ones.

Two functions a store: one to work with it, which may make what is not there, and one to look at
it, which makes nothing. Libraries and secrets are needed only for what is chosen.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeGuard

from ...compiler.plan import ArtifactsAt, Plan
from ..clock import utc_now
from ..secrets import find_secret
from .artifacts import ArtifactStore, ValueIndex
from .ledger import Ledger, LedgerReader
from .online import OnlineIndex, OnlineStore


class Whereabouts(Protocol):
    """A plan, the project's folder, and the state folder of this machine."""

    @property
    def plan(self) -> Plan: ...
    @property
    def project(self) -> Path: ...
    @property
    def state(self) -> Path: ...


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

    chosen = plan.stores.ledger
    if chosen is None:
        return SqlLedger(sqlite_url(state / "ledger.sqlite"), clock)
    return SqlLedger(chosen.url, clock, password=_revealed(chosen.password))


def ledger_seen(plan: Plan, state: Path) -> LedgerReader:
    """What is remembered. A shared ledger is opened as it is to work with it, tables and all."""
    from .ledger_file import LedgerFile

    if plan.stores.ledger is None:
        return LedgerFile(state / "ledger.sqlite")
    return ledger_of(plan, state, utc_now)


def online_of(plan: Plan, state: Path) -> OnlineStore:
    """The online store."""
    chosen = plan.stores.online
    if chosen is None:
        from .online_sqlite import SqliteOnlineStore

        return SqliteOnlineStore(state / "online.sqlite")
    from .online_redis import RedisOnlineStore

    return RedisOnlineStore(chosen.url, product=plan.name, password=_revealed(chosen.password))


def online_seen(plan: Plan, state: Path) -> OnlineIndex:
    """What is online."""
    return online_of(plan, state)


def on_s3(chosen: ArtifactsAt | None) -> TypeGuard[ArtifactsAt]:
    """Whether artifacts lie in a bucket, and not in a folder."""
    return chosen is not None and chosen.path.startswith("s3://")


def artifacts_folder(chosen: ArtifactsAt | None, project: Path, state: Path) -> Path:
    """A folder that the spec names is relative to the project."""
    return state / "store" if chosen is None else project / chosen.path


def _revealed(name: str | None) -> str | None:
    return None if name is None else find_secret(name).reveal()
