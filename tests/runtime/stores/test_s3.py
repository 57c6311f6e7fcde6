"""S3 in particular: what is said when it refuses, what is kept here, and kills on the way."""

import os
import pickle
import signal
import time
import traceback
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import obstore
import pytest
from servers.deadly_relay import relay
from servers.odd_s3 import OddServer, odd_server
from servers.s3 import S3_KEYS, Objects, S3Server

from onespec.compiler.canonical import digest
from onespec.compiler.plan import ArtifactsAt
from onespec.runtime.errors import StepError, StoreError
from onespec.runtime.stores import s3_bucket
from onespec.runtime.stores.folder import FolderStore
from onespec.runtime.stores.manifest import parse_manifest
from onespec.runtime.stores.s3 import S3Store
from onespec.runtime.stores.s3_bucket import Bucket, Patience
from onespec.runtime.value import Blob

from .value_places import S3Place, made

KEY = digest("a key")
HASTY = Patience(request_seconds=0.5, seconds=3, retries=1)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in S3_KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def odd() -> Iterator[OddServer]:
    with odd_server() as server:
        yield server


def bucket_at(endpoint: str) -> Bucket:
    at = ArtifactsAt("s3://acme-ml/x", endpoint, None, "S3_ACCESS_KEY", "S3_SECRET_KEY")
    return Bucket(at, HASTY)


def body(code: str) -> str:
    """As services answer: with the access key, which is a secret here."""
    key = S3_KEYS["S3_ACCESS_KEY"]
    return f"<Error><Code>{code}</Code><AWSAccessKeyId>{key}</AWSAccessKeyId></Error>"


@pytest.mark.parametrize(
    ("status", "code", "told", "remedy"),
    [
        (403, "AccessDenied", r"access denied \(403 Forbidden AccessDenied\)", "access_key"),
        (403, "InvalidAccessKeyId", r"access denied .*InvalidAccessKeyId", "access_key"),
        (401, "Unauthorized", r"access denied \(401 Unauthorized", "secret_key"),
        (404, "NoSuchBucket", "there is no bucket acme-ml at http://127", "create it"),
        (503, "SlowDown", "http://127.* answers 503 .*SlowDown", "endpoint"),
        (301, "PermanentRedirect", "cannot be reached: .*redirect.* region", "region"),
        (400, "AuthorizationHeaderMalformed", "answers 400 .*Malformed", "endpoint"),
    ],
)
def test_what_a_service_refuses_is_told(
    odd: OddServer, tmp_path: Path, status: int, code: str, told: str, remedy: str
) -> None:
    odd.status, odd.body = status, body(code)
    store = S3Store(bucket_at(odd.endpoint), FolderStore(tmp_path / "cache"))
    acts = [
        lambda: store.find(KEY),
        lambda: store.publish(KEY, made(tmp_path)),
        lambda: list(store.bucket.entries("log/")),
    ]
    for act in acts:
        with pytest.raises(StoreError, match=told) as raised:
            act()
        assert remedy in raised.value.remedy
        shown = "".join(traceback.format_exception(raised.value))
        assert not any(value in shown for value in S3_KEYS.values())


def test_a_service_that_is_not_there_is_told_soon() -> None:
    started = time.monotonic()
    with pytest.raises(StoreError, match=r"http://127\.0\.0\.1:9 cannot be reached: "):
        bucket_at("http://127.0.0.1:9").get("x")
    assert time.monotonic() - started < 5


def test_a_service_that_is_silent_is_not_waited_for(odd: OddServer) -> None:
    odd.silent.set()
    started = time.monotonic()
    with pytest.raises(StoreError, match="cannot be reached"):
        bucket_at(odd.endpoint).get("x")
    assert time.monotonic() - started < 10
    assert 1 < len(odd.requests) <= 2, "a request that timed out is tried again, once"


def test_a_service_without_conditional_writes_is_refused(odd: OddServer, tmp_path: Path) -> None:
    """It answers that each writing succeeded; on it the last writer would win."""
    store = S3Store(bucket_at(odd.endpoint), FolderStore(tmp_path / "cache"))
    with pytest.raises(StoreError, match="ignores `If-None-Match`"):
        store.publish(KEY, made(tmp_path))
    assert not any("/values/" in request for request in odd.requests)


def test_a_store_of_a_later_form_is_left_alone(s3: S3Server, tmp_path: Path) -> None:
    place = S3Place(s3.place(), tmp_path)
    place.write("store.json", b'{"store": "onespec artifacts", "version": 2}')
    with pytest.raises(StoreError, match="no artifact store that this version can write"):
        place.open().publish(KEY, made(tmp_path))
    assert place.names("") == ["store.json"]


def test_secrets_do_not_leave_the_client(s3: S3Server) -> None:
    bucket = Bucket(s3.place())
    client = bucket._client
    shown = [repr(bucket), repr(client), repr(client.config), repr(vars(bucket))]
    assert not any(value in text for text in shown for value in S3_KEYS.values())
    with pytest.raises(TypeError, match="by each process for itself"):
        pickle.dumps(bucket)


def test_a_missing_secret_is_told_before_anything_is_sent(odd: OddServer) -> None:
    at = ArtifactsAt("s3://acme-ml", odd.endpoint, None, "S3_ACCESS_KEY", "S3_OTHER_KEY")
    with pytest.raises(StepError, match="the secret S3_OTHER_KEY is not known here"):
        Bucket(at)
    assert odd.requests == []


def test_keys_of_the_environment_are_used_where_the_spec_names_none(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ambient")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ambient")
    at = replace(s3.place(), access_key=None, secret_key=None)
    assert Bucket(at).create("x", b"1")
    assert Objects(at).read("x") == b"1"


def test_what_was_fetched_is_kept_and_still_verified(s3: S3Server, tmp_path: Path) -> None:
    place = S3Place(s3.place(), tmp_path / "machines")
    value = place.open().publish(KEY, made(tmp_path))
    blob = value.files["out"]
    machine = place.open()
    assert machine.at_hand(blob) is None
    path = machine.fetch(blob)
    assert machine.at_hand(blob) == path
    path.chmod(0o644)
    path.write_bytes(b"CONTENT")
    os.utime(path, (1, 1))
    assert machine.at_hand(blob) is None
    assert machine.fetch(blob).read_bytes() == b"content"
    place.remove(f"blobs/{blob.sha256[:2]}/{blob.sha256}")
    assert machine.fetch(blob).read_bytes() == b"content"
    assert machine.find(KEY) is None, "other machines could not read it"


def test_a_file_that_is_there_is_not_sent_again(s3: S3Server, tmp_path: Path) -> None:
    place = S3Place(s3.place(), tmp_path / "machines")
    place.open().publish(KEY, made(tmp_path, n=1))
    before = obstore.head(place.open().bucket._client, blob_of(place))["last_modified"]
    time.sleep(1.1)  # the service tells times in seconds
    place.open().publish(digest("other"), made(tmp_path, n=2))
    assert obstore.head(place.open().bucket._client, blob_of(place))["last_modified"] == before
    assert len(place.names("values/")) == 2


def blob_of(place: S3Place) -> str:
    (name,) = place.names("blobs/")
    return name


def test_an_upload_that_fails_leaves_nothing(
    s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither an object nor the parts of one, which nobody sees and somebody pays for."""
    monkeypatch.setattr(s3_bucket, "CHUNK", 5 << 20)
    bucket = Bucket(s3.place())
    path = tmp_path / "large"
    path.write_bytes(bytes(12 << 20))

    class Failing:
        def __init__(self, path: Path) -> None:
            self._file = path.open("rb")

        def __enter__(self) -> "Failing":
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

        def read(self, size: int = -1) -> bytes:
            if self._file.tell() >= 6 << 20:
                raise OSError("the disk has failed")
            return self._file.read(size)

        def __getattr__(self, name: str) -> object:
            return getattr(self._file, name)

    class FailingPath:
        def open(self, _mode: str) -> Failing:
            return Failing(path)

    with pytest.raises((StoreError, OSError)):
        bucket.upload("large", FailingPath())  # type: ignore[arg-type]
    assert bucket.size("large") is None
    listed = urllib.request.urlopen(f"{s3.endpoint}/acme-ml?uploads", timeout=5).read()
    assert b"<Upload>" not in listed
    bucket.upload("large", path)
    assert bucket.size("large") == 12 << 20


PUBLISH = """
key, size = sys.argv[2], int(sys.argv[3])
sys.stdin.readline()
(machine / "made").write_bytes(bytes(size))
store.publish(key, Yield({"out": machine / "made"}, {"size": size}))
"""


def check_place(place: S3Place) -> int:
    """Every visible value is whole, every visible blob is its name; how many values there are."""
    store = place.open()
    for name in place.names("blobs/"):
        content = place.read(name)
        path = store.fetch(Blob(name.rpartition("/")[2], len(content)))
        assert path.read_bytes() == content
    for name in place.names("values/"):
        key = name.rpartition("/")[2].removesuffix(".json")
        assert parse_manifest(place.read(name), key) is not None
        assert store.find(key) is not None
    assert place.names("quarantine/") == []
    return len(place.names("values/"))


# The requests of a publication of one file: in one part, and in two.
SMALL = ("PUT marker", "PUT marker", "GET marker", "HEAD blob", "PUT blob", "PUT manifest")
LARGE = (*SMALL[:4], "POST blob", "PUT blob", "PUT blob", "POST blob", "PUT manifest")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "requests", "first"),
    [(1 << 10, SMALL, 1), (9 << 20, LARGE, 5)],
    ids=["in one part", "in two parts"],
)
def test_a_kill_at_every_request_leaves_nothing_half(
    s3: S3Server, tmp_path: Path, size: int, requests: tuple[str, ...], first: int
) -> None:
    for number in range(first, len(requests) + 2):
        place = S3Place(s3.place(), tmp_path / f"machines-{number}")
        machine = tmp_path / str(number)
        machine.mkdir()
        with relay(s3.port, number) as killer:
            through = replace(place, at=replace(place.at, endpoint=killer.endpoint))
            writer = killer.victim = through.run(PUBLISH, machine, KEY, str(size))
            _, errors = writer.communicate("go\n", timeout=60)
        survived = number > len(requests)
        assert writer.returncode == (0 if survived else -signal.SIGKILL), errors
        assert check_place(place) == (number >= len(requests))
        # Whoever comes next finishes the work.
        content = bytes(size)
        value = place.open().publish(KEY, made(machine, content, size=size))
        assert place.open().fetch(value.files["out"]).read_bytes() == content
        assert check_place(place) == 1
    assert tuple(map(_kind, killer.requests)) == requests


def _kind(request: str) -> str:
    """A request without what differs from run to run."""
    method, _, path = request.partition(" ")
    kinds = {"blobs": "blob", "values": "manifest", "store.json": "marker"}
    (kind,) = (kinds[part] for part in path.partition("?")[0].split("/") if part in kinds)
    return f"{method} {kind}"


def test_a_writer_without_the_promise_would_be_caught(s3: S3Server, tmp_path: Path) -> None:
    """The control: a manifest that is visible before its file is."""
    place = S3Place(s3.place(), tmp_path / "machines")
    place.open().publish(KEY, made(tmp_path))
    (name,) = place.names("blobs/")
    content = place.read(name)
    place.remove(name)
    with pytest.raises(AssertionError):
        check_place(place)
    place.write(name, content[:-1])
    with pytest.raises(StoreError):
        check_place(place)
