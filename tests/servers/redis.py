"""A real Redis for tests: on loopback, with a password, keeping nothing, gone with the process."""

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

import redis

from onespec.runtime.serving.host_process import free_port

_SECONDS = 30


@dataclass(slots=True)
class RedisServer:
    """A server, stopped until `start`; with `tls` it is reached by TLS only."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="onespec-redis-")))
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12) + "@/:%")
    port: int = 0
    tls: dict[str, Path] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        return f"redis{'s' if self.tls else ''}://127.0.0.1:{self.port}/0"

    def product(self) -> str:
        """A name that no test has had before."""
        return f"product_{next(self._numbers)}"

    def start(self) -> None:
        """Start it, at the port it had before, and wait until it answers."""
        self.port = self.port or free_port("127.0.0.1")
        settings = {
            "bind": "127.0.0.1",
            "port": 0 if self.tls else self.port,
            "requirepass": self.password,
            "save": "",
            "appendonly": "no",
            "dir": self.folder,
            "logfile": self.folder / "log",
        }
        if self.tls:
            settings |= {"tls-port": self.port, "tls-auth-clients": "no", **self.tls}
        words = [str(w) for name, value in settings.items() for w in (f"--{name}", value)]
        # With its parent it ends, too, so that a killed test run leaves nothing behind.
        prefix = ["setpriv", "--pdeathsig=KILL"]
        self._process = subprocess.Popen(
            [*prefix, "redis-server", *words], stdout=subprocess.DEVNULL, cwd=self.folder
        )
        end = time.monotonic() + _SECONDS
        while True:
            try:
                self.client().ping()
                return
            except redis.ConnectionError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise AssertionError((self.folder / "log").read_text()) from None
                time.sleep(0.02)

    def stop(self) -> None:
        """Kill it: all that it knew is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_SECONDS)
            self._process = None

    def pause(self) -> None:
        """It takes connections, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self) -> "redis.Redis":
        """A client of the test's own."""
        authority = {"ssl_ca_certs": str(self.tls["tls-ca-cert-file"])} if self.tls else {}
        return redis.Redis.from_url(self.url, password=self.password, **authority)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)
