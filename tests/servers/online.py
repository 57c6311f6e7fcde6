"""Where an online store is kept that a test is run against."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from onespec.runtime.stores.online_redis import RedisOnlineStore
from onespec.runtime.stores.online_sqlite import SqliteOnlineStore

AnyStore = RedisOnlineStore | SqliteOnlineStore


@dataclass(frozen=True, slots=True)
class Online:
    """A file, or the url and the password of a server, and a product's name."""

    address: str
    product: str = ""
    password: str | None = None

    def open(self) -> AnyStore:
        if self.password is None:
            return SqliteOnlineStore(Path(self.address))
        # Longer than in production: machines that run tests are shared.
        waits = {"connect_timeout": 10.0, "read_timeout": 10.0}
        return RedisOnlineStore(self.address, product=self.product, password=self.password, **waits)

    def run(self, program: str) -> "subprocess.Popen[str]":
        """A Python program in a process of its own, which finds `store` open."""
        begin = "import os, sys\nfrom servers.online import Online\n"
        begin += "store = Online(*sys.argv[1:], os.environ.get('PASSWORD')).open()\n"
        path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        secret = {} if self.password is None else {"PASSWORD": self.password}
        return subprocess.Popen(
            [sys.executable, "-c", begin + program, self.address, self.product],
            env={**os.environ, **secret, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
