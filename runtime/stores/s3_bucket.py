"""A bucket of any S3 service: whole objects, conditional writes, and errors that say what to do."""

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

from ...compiler.plan import ArtifactsAt
from ..errors import StoreError
from ..secrets import Secret, find_secret

if TYPE_CHECKING:
    from obstore.store import S3Store as Client

CHUNK = 8 << 20
"""Bytes that travel in one request; what is longer travels in parts, four at a time."""

_PARALLEL = 4
_CONNECT_SECONDS = 5
_METADATA_SERVICE = "169.254.169.254"
"""Where a machine of Amazon's is asked for its role, when no keys are at hand."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may take, and for how long and how often a failed one is repeated."""

    request_seconds: float = 30
    seconds: float = 60
    retries: int = 8


@dataclass(frozen=True, slots=True)
class Found:
    """An object's bytes, and the mark of this version of them."""

    content: bytes
    mark: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An object by its name below the prefix. `size` is in bytes."""

    name: str
    size: int


class Bucket:
    """The objects below the prefix of `s3://bucket/prefix`, by names relative to it.

    Each request has a deadline, and is tried again a bounded number of times. All methods raise
    StoreError when the service cannot be reached, refuses, or has no such bucket.
    """

    def __init__(self, at: ArtifactsAt, patience: Patience = Patience()) -> None:
        self.url = at.path.rstrip("/")
        self._client = _client(at, patience)
        self._endpoint = at.endpoint or "Amazon S3"

    def __repr__(self) -> str:
        return f"<bucket {self.url}>"

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise TypeError("a bucket is opened by each process for itself: it holds secrets")

    def get(self, name: str) -> Found | None:
        """An object as a whole; None when there is none."""
        with self._told():
            try:
                found = obstore.get(self._client, name)
                return Found(bytes(found.bytes()), found.meta["e_tag"] or "")
            except FileNotFoundError as error:
                self._missing(error)
                return None

    def size(self, name: str) -> int | None:
        """How long an object is, in bytes; None when there is none."""
        with self._told():
            try:
                return obstore.head(self._client, name)["size"]
            except FileNotFoundError:
                return None

    def create(self, name: str, content: bytes) -> bool:
        """Write an object unless there is one; False where there is. Of many, one succeeds."""
        with self._told():
            try:
                obstore.put(self._client, name, content, mode="create")
            except (AlreadyExistsError, PreconditionError):
                return False
            return True

    def replace(self, name: str, content: bytes, mark: str) -> bool:
        """Write an object in place of the version that bears `mark`; False if that is gone."""
        with self._told():
            try:
                obstore.put(self._client, name, content, mode={"e_tag": mark})
            except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
                self._missing(error)
                return False
            return True

    def put(self, name: str, content: bytes) -> None:
        """Write an object, whatever was there."""
        with self._told():
            obstore.put(self._client, name, content)

    def upload(self, name: str, file: Path) -> None:
        """Write a file's bytes; visible at once or not at all. What fails on the way is undone."""
        with self._told(), file.open("rb") as source:
            obstore.put(self._client, name, source, chunk_size=CHUNK, max_concurrency=_PARALLEL)

    def download(self, name: str, size: int, file: Path) -> bool:
        """Write `size` bytes of an object into a file; False when there are not as many."""
        starts = range(0, size, CHUNK)

        def part(start: int) -> None:
            content = obstore.get_range(
                self._client, name, start=start, end=min(start + CHUNK, size)
            )
            _write_at(handle, memoryview(content), start)

        handle = os.open(file, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
        try:
            with self._told(), ThreadPoolExecutor(_PARALLEL) as pool:
                try:
                    list(pool.map(part, starts))
                except FileNotFoundError as error:
                    self._missing(error)
                    return False
        finally:
            os.close(handle)
        return file.stat().st_size == size

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The objects below a prefix, which ends at a slash, by name."""
        with self._told():
            found = [
                Entry(str(one["path"]), int(one["size"]))
                for batch in obstore.list(self._client, prefix)
                for one in batch
            ]
        yield from sorted(found, key=lambda entry: entry.name)

    def folders(self, prefix: str) -> list[str]:
        """The names one level below a prefix that are no objects, sorted."""
        with self._told():
            found = obstore.list_with_delimiter(self._client, prefix)
        return sorted(str(path).rpartition("/")[2] for path in found["common_prefixes"])

    def remove(self, *names: str) -> None:
        """Remove objects; those that are not there are no error."""
        with self._told():
            for name in names:
                try:
                    obstore.delete(self._client, name)
                except FileNotFoundError as error:
                    self._missing(error)

    def move(self, name: str, to: str) -> None:
        """Give an object another name; one that is not there is no error."""
        with self._told():
            try:
                obstore.copy(self._client, name, to)
                obstore.delete(self._client, name)
            except FileNotFoundError as error:
                self._missing(error)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What obstore raises, as a StoreError. No text of the answer is repeated: it may hold an
        access key."""
        try:
            yield
        except (FileNotFoundError, BaseError) as error:
            self._missing(error)
            raise self._problem(error) from None

    def _problem(self, error: Exception) -> StoreError:
        answer = _answer(error)
        if answer.startswith(("401", "403")):
            return StoreError(
                f"{self.url}: access denied ({answer})",
                remedy="see to `stores.artifacts.access_key` and `secret_key`, and that they may "
                "list, read, write and delete there",
            )
        if _METADATA_SERVICE in str(error):
            return StoreError(
                f"{self.url}: there is no identity to open it with",
                remedy="name `access_key` and `secret_key` in `stores.artifacts`, or give the "
                "runner a role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            )
        how = f"answers {answer}" if answer[0].isdigit() else f"cannot be reached: {answer}"
        return StoreError(
            f"{self.url}: {self._endpoint} {how}",
            remedy="see to `stores.artifacts.endpoint`, its `region` and the network; what was "
            "published stays, and the next run goes on from there",
        )

    def _missing(self, error: Exception) -> None:
        """Raises StoreError where it is the bucket, and not an object, that is not there."""
        if "<Code>NoSuchBucket</Code>" in str(error):
            bucket = self.url.removeprefix("s3://").partition("/")[0]
            raise StoreError(
                f"there is no bucket {bucket} at {self._endpoint}",
                remedy="create it, or correct `stores.artifacts.path`",
            ) from None


def _client(at: ArtifactsAt, patience: Patience) -> "Client":
    from obstore.store import S3Store as Client

    bucket, _, prefix = at.path.removeprefix("s3://").partition("/")
    more: dict[str, Any] = {}
    if at.endpoint is not None:
        more["endpoint"] = at.endpoint.rstrip("/")
    if at.region is not None:
        more["region"] = at.region
    if at.access_key is not None and at.secret_key is not None:
        more["credential_provider"] = _Keys(find_secret(at.access_key), find_secret(at.secret_key))
    return Client(
        bucket,
        prefix=prefix.rstrip("/") or None,
        virtual_hosted_style_request=False,  # with it, an endpoint needs a name for each bucket
        client_options={
            "allow_http": bool(at.endpoint and at.endpoint.startswith("http://")),
            "timeout": timedelta(seconds=patience.request_seconds),
            "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
        },
        retry_config={
            "max_retries": patience.retries,
            "retry_timeout": timedelta(seconds=patience.seconds),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=5),
                "base": 2,
            },
        },
        **more,
    )


class _Keys:
    """Gives the client its keys when it signs; its configuration, which can be read, has none."""

    def __init__(self, access: Secret, secret: Secret) -> None:
        self._access = access
        self._secret = secret

    def __call__(self) -> Any:
        return {
            "access_key_id": self._access.reveal(),
            "secret_access_key": self._secret.reveal(),
            "expires_at": None,
        }


def _answer(error: Exception) -> str:
    """The status and the code that a service answered with, or why there was no answer."""
    text = str(error)
    status = re.search(r"status code: (\d{3}(?: [A-Z][A-Za-z ]*)?)", text)
    code = re.search(r"<Code>(\w{1,60})</Code>", text)
    if status is not None:
        return status[1].strip() + (f" {code[1]}" if code else "")
    if code is not None:
        return code[1]
    lines = text.partition("\n")[0]
    return lines.rpartition(" - ")[2].strip()[:200] or type(error).__name__


def _write_at(handle: int, content: memoryview, at: int) -> None:
    while content:
        written = os.pwrite(handle, content, at)
        content, at = content[written:], at + written
