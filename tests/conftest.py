"""For all tests: the servers that they share, and what CI adds to the rules."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

from servers.postgresql import PostgresServer, programs
from servers.redis import RedisServer
from servers.s3 import S3_KEYS, S3_PROGRAM, S3Server

# Machines that run tests are shared: an example that takes long proves nothing.
settings.register_profile("onespec", deadline=None)
settings.load_profile("onespec")

# What a command remembers of an earlier test must not answer for the code under test.
os.environ["ONESPEC_CACHE"] = "off"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A real server; each test asks it for a database of its own."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    server = PostgresServer.made(found)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """A real S3 service, and its keys in the environment; each test asks it for a place."""
    if not S3_PROGRAM.is_file():
        pytest.skip("moto's server is not installed: `make peers`")
    server = S3Server()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in S3_KEYS.items():
            environment.setenv(name, value)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A real server; each test takes a product of its own."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    server = RedisServer()
    server.start()
    yield server
    server.remove()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI nothing may be skipped: a test that needs a program has `make test` install it. What
    lies beside the checkout is not ours to install."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    found = reporter.stats.get("skipped", []) if reporter else []
    skipped = [one for one in found if "../shared/" not in str(one.longrepr)]
    if os.environ.get("CI") and skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"{len(skipped)} skipped, and in CI nothing may be", red=True)
