"""A real S3 service for tests: moto's server, on loopback, gone with the process."""

import itertools
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import obstore
from obstore.store import S3Store as Client

from onespec.compiler.plan import ArtifactsAt
from onespec.runtime.serving.host_process import free_port

S3_PROGRAM = Path(__file__).parents[2] / ".peers" / "s3" / "bin" / "python"
BUCKET = "acme-ml"
S3_KEYS = {"S3_ACCESS_KEY": "AKIAHUNTER2", "S3_SECRET_KEY": "hunter2-of-s3"}
"""What tests put into the environment of those who open the service."""

_SECONDS = 60


def _new_file() -> Path:
    handle, name = tempfile.mkstemp(prefix="onespec-s3-", suffix=".log")
    os.close(handle)
    return Path(name)


@dataclass(slots=True)
class S3Server:
    """A service with one bucket, which ends with its parent, so that nothing is left behind."""

    port: int = field(default_factory=lambda: free_port("127.0.0.1"))
    _log: Path = field(default_factory=_new_file)
    _process: subprocess.Popen[bytes] | None = None
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, at the port it had before, and wait until it has its bucket."""
        serve = "import sys; from moto.server import main; main(sys.argv[1:])"
        words = [str(S3_PROGRAM), "-c", serve, "-H", "127.0.0.1", "-p", str(self.port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig=KILL", *words], stdout=log, stderr=log
            )
        end = time.monotonic() + _SECONDS
        while True:
            try:
                self.make(BUCKET)
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(self._log.read_text()) from None
                time.sleep(0.05)

    def stop(self) -> None:
        """End it, with all that it held."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_SECONDS)
            self._process = None
        self._log.unlink(missing_ok=True)

    def make(self, bucket: str) -> None:
        """An empty bucket."""
        put = urllib.request.Request(f"{self.endpoint}/{bucket}", method="PUT")
        urllib.request.urlopen(put, timeout=5).close()

    def place(self, prefix: str = "") -> ArtifactsAt:
        """A prefix that nobody used before."""
        name = prefix or f"test-{next(self._numbers)}"
        return ArtifactsAt(
            f"s3://{BUCKET}/{name}", self.endpoint, None, "S3_ACCESS_KEY", "S3_SECRET_KEY"
        )


@dataclass(frozen=True, slots=True)
class Objects:
    """What lies in a bucket below a prefix, for tests that look or do damage."""

    at: ArtifactsAt

    @property
    def _client(self) -> Any:
        bucket, _, prefix = self.at.path.removeprefix("s3://").partition("/")
        return Client(
            bucket,
            prefix=prefix,
            endpoint=self.at.endpoint,
            access_key_id="test",
            secret_access_key="test",
            client_options={"allow_http": True},
        )

    def names(self, prefix: str = "") -> list[str]:
        """All names, sorted."""
        found = [one["path"] for batch in obstore.list(self._client, prefix) for one in batch]
        return sorted(found)

    def read(self, name: str) -> bytes:
        return bytes(obstore.get(self._client, name).bytes())

    def write(self, name: str, content: bytes) -> None:
        obstore.put(self._client, name, content)

    def remove(self, name: str) -> None:
        obstore.delete(self._client, name)
