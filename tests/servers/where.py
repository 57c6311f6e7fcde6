"""Where a store is kept that a test is run against."""

import itertools
import os
import subprocess
import sys
from dataclasses import dataclass

from onespec.runtime.stores.ledger_sql import SqlLedger

# What a program of `Where.run` begins with.
_OPEN = """
import os, sys
from onespec.runtime.clock import utc_now
from onespec.runtime.stores.ledger_sql import SqlLedger
ledger = SqlLedger(os.environ["URL"], utc_now, password=os.environ.get("PASSWORD"))
"""


@dataclass(frozen=True, slots=True)
class Where:
    """The address of a ledger, and the password that it asks for."""

    url: str
    password: str | None = None

    def open(self) -> SqlLedger:
        """The ledger there, with a clock that ticks by one."""
        ticks = itertools.count(1)
        return SqlLedger(self.url, lambda: next(ticks), password=self.password)

    def run(self, program: str, *words: object) -> "subprocess.Popen[str]":
        """A Python program in a process of its own, which finds `ledger` open."""
        secret = {} if self.password is None else {"PASSWORD": self.password}
        return subprocess.Popen(
            [sys.executable, "-c", _OPEN + program, *map(str, words)],
            env={**os.environ, **secret, "URL": self.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
