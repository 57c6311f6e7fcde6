"""Where an artifact store is kept that a test is run against: a folder, or a bucket."""

import itertools
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from servers.s3 import Objects

from onespec.compiler.plan import ArtifactsAt
from onespec.runtime.stores.artifacts import ArtifactStore, ValueIndex
from onespec.runtime.stores.folder import FolderStore
from onespec.runtime.stores.folder_index import FolderIndex
from onespec.runtime.stores.s3 import S3Store
from onespec.runtime.stores.s3_bucket import Bucket
from onespec.runtime.stores.s3_index import S3Index
from onespec.runtime.value import Yield

_OPEN = """
import os, sys
from pathlib import Path
from onespec.compiler.plan import ArtifactsAt
from onespec.runtime.stores.folder import FolderStore
from onespec.runtime.stores.s3 import S3Store
from onespec.runtime.stores.s3_bucket import Bucket
from onespec.runtime.value import Yield
machine = Path(sys.argv[1])
if "S3_PATH" in os.environ:
    keys = ("S3_ACCESS_KEY", "S3_SECRET_KEY")
    at = ArtifactsAt(os.environ["S3_PATH"], os.environ["S3_ENDPOINT"], None, *keys)
    store = S3Store(Bucket(at), FolderStore(machine / "cache", owned=machine / "scratch"))
else:
    store = FolderStore(Path(os.environ["FOLDER"]), owned=machine / "scratch")
"""


def made(folder: Path, content: bytes = b"content", **facts: Any) -> Yield:
    """What a step yields that made one file, `out`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "made").write_bytes(content)
    return Yield({"out": folder / "made"}, facts)


class ValuePlace(Protocol):
    """One store, as whoever opens it sees it, and as somebody else who does damage."""

    def open(self) -> ArtifactStore:
        """The store, as a process on another machine opens it."""

    def index(self) -> ValueIndex:
        """The store, as a plan is foretold from it."""

    def run(self, program: str, machine: Path, *words: str) -> "subprocess.Popen[str]":
        """A program in a process of its own, which finds `store` open."""

    def names(self, prefix: str) -> list[str]: ...
    def read(self, name: str) -> bytes: ...
    def write(self, name: str, content: bytes) -> None: ...
    def remove(self, name: str) -> None: ...


def _program(
    program: str,
    machine: Path,
    words: tuple[str, ...],
    **environment: str,
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _OPEN + program, str(machine), *words],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass(frozen=True, slots=True)
class FolderPlace:
    root: Path

    def open(self) -> FolderStore:
        return FolderStore(self.root)

    def index(self) -> FolderIndex:
        return FolderIndex(self.root)

    def run(self, program: str, machine: Path, *words: str) -> "subprocess.Popen[str]":
        return _program(program, machine, words, FOLDER=str(self.root))

    def names(self, prefix: str) -> list[str]:
        found = (p for p in self.root.rglob("*") if p.is_file() and p.name != "lock")
        names = sorted(path.relative_to(self.root).as_posix() for path in found)
        return [name for name in names if name.startswith(prefix)]

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)

    def remove(self, name: str) -> None:
        (self.root / name).unlink()


@dataclass(frozen=True, slots=True)
class S3Place:
    """Each one who opens it has a cache of its own, as on a machine of its own."""

    at: ArtifactsAt
    machines: Path
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def open(self) -> S3Store:
        cache = self.machines / str(next(self._numbers)) / "cache"
        return S3Store(Bucket(self.at), FolderStore(cache))

    def index(self) -> S3Index:
        return S3Index(Bucket(self.at))

    def run(self, program: str, machine: Path, *words: str) -> "subprocess.Popen[str]":
        assert self.at.endpoint is not None
        there = {"S3_PATH": self.at.path, "S3_ENDPOINT": self.at.endpoint}
        return _program(program, machine, words, **there)

    def names(self, prefix: str) -> list[str]:
        return [n for n in Objects(self.at).names() if n.startswith(prefix)]

    def read(self, name: str) -> bytes:
        return Objects(self.at).read(name)

    def write(self, name: str, content: bytes) -> None:
        Objects(self.at).write(name, content)

    def remove(self, name: str) -> None:
        Objects(self.at).remove(name)
