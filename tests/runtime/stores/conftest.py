"""The ledger on each of its databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.postgresql import PostgresServer
from servers.where import Where

from onespec.runtime.stores.ledger_sql import SqlLedger


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """An empty database for a ledger."""
    if request.param == "sqlite":
        return Where(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    server: PostgresServer = request.getfixturevalue("postgresql")
    return Where(server.database(), server.password)


@pytest.fixture
def ledger(where: Where) -> Iterator[SqlLedger]:
    """The ledger at `where`."""
    ledger = where.open()
    yield ledger
    ledger.close()
