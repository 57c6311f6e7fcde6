"""A real PostgreSQL for tests: on loopback, with a password, gone with the process."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from onespec.runtime.serving.host_process import free_port

USER = "onespec"
_SECONDS = 60


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`; Debian keeps it off the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in debian), default=None, key=lambda p: int(p.parent.name))


@dataclass(slots=True)
class PostgresServer:
    """A server in a folder of its own, stopped until `start`. `password` is that of `USER`."""

    programs: Path
    folder: Path
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12) + "@/:%")
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    @staticmethod
    def made(programs: Path) -> "PostgresServer":
        """A server whose cluster is made and that runs."""
        server = PostgresServer(programs, Path(tempfile.mkdtemp(prefix="onespec-pg-")))
        secret = server.folder / "password"
        secret.write_text(server.password)
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            for path in (server.folder, secret):
                shutil.chown(path, "postgres", "postgres")
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        server._run("initdb", "-D", server.data, "-U", USER, f"--pwfile={secret}", *options).wait()
        server.start()
        return server

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Start it, at the port it had before, and wait until it answers."""
        self.port = self.port or free_port("127.0.0.1")
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",  # the machine does not fail in these tests
            "max_connections": 60,
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._process = self._run("postgres", "-D", self.data, *words)
        end = time.monotonic() + _SECONDS
        while True:
            try:
                self.connect("postgres").close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise AssertionError((self.folder / "log").read_text()) from None
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop it as an operator would who does not wait for clients."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_SECONDS)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self) -> str:
        """The url, without the password, of a new and empty database."""
        name = f"test_{next(self._numbers)}"
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of the test's own."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=self.password,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _run(self, program: str, *words: object) -> "subprocess.Popen[bytes]":
        # With its parent it ends, too, so that a killed test run leaves nothing behind.
        other = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        prefix = ["setpriv", "--pdeathsig=INT", *(other if os.getuid() == 0 else [])]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [*prefix, str(self.programs / program), *map(str, words)],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
