"""The online store on Redis, where the server is away, slow, shared, or holds something else."""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.online import Online
from servers.redis import RedisServer

from onespec.runtime.errors import StoreError
from onespec.runtime.serving.host_process import free_port
from onespec.runtime.stores import online_redis
from onespec.runtime.stores.online import OnlineRow
from onespec.runtime.stores.online_codec import encode_key
from onespec.runtime.stores.online_redis import RedisOnlineStore
from onespec.runtime.stores.redis_connection import explained

ROWS = [((n,), OnlineRow({"x": n / 2}, 1, 2)) for n in range(10)]


@pytest.fixture
def lone_server() -> Iterator[RedisServer]:
    """One that a test may stop."""
    server = RedisServer()
    server.start()
    yield server
    server.resume()
    server.remove()


@pytest.fixture
def product(redis_server: RedisServer) -> str:
    return redis_server.product()


@pytest.fixture
def store(redis_server: RedisServer, product: str) -> Iterator[RedisOnlineStore]:
    store = opened(redis_server, product)
    yield store
    store.close()


def opened(server: RedisServer, product: str, **waits: float) -> RedisOnlineStore:
    return RedisOnlineStore(server.url, product=product, password=server.password, **waits)


def test_products_that_share_a_server_do_not_meet(
    redis_server: RedisServer, store: RedisOnlineStore, product: str
) -> None:
    other = opened(redis_server, redis_server.product())
    other.write("v", "theirs", ROWS[:1])
    store.write("v", "ours", ROWS[1:])
    assert (store.generation("v"), other.generation("v")) == ("ours", "theirs")
    assert [r is None for r in store.read("v", [(0,), (1,)])] == [True, False]
    keys = redis_server.client().keys(f"onespec:{product}:*")
    assert keys == [f"onespec:{product}:online:v".encode()]
    other.close()


def test_a_read_is_one_command_whatever_the_number_of_keys(
    redis_server: RedisServer, store: RedisOnlineStore
) -> None:
    store.write("v", "g", ROWS)
    store.read("v", [(1,)])  # learns the layout
    client = redis_server.client()
    client.config_resetstat()
    store.read("v", [(n,) for n in range(1000)])
    told = client.info("commandstats")
    assert isinstance(told, dict)
    asked = {name: stats["calls"] for name, stats in told.items() if name != "cmdstat_config"}
    assert {n: c for n, c in asked.items() if n != "cmdstat_config|resetstat"} == {
        "cmdstat_hmget": 1
    }


def test_a_server_that_stands_still_costs_the_deadline_and_then_answers_again(
    lone_server: RedisServer,
) -> None:
    store = opened(lone_server, "p", read_timeout=0.2, connect_timeout=0.2)
    store.write("v", "g", ROWS)
    assert store.read("v", [(1,)]) == [ROWS[1][1]]
    lone_server.pause()
    for _ in range(2):  # over the open connection, and when it has to open one
        began = time.monotonic()
        with pytest.raises(StoreError, match="cannot be used"):
            store.read("v", [(2,)])
        assert time.monotonic() - began < 2
    lone_server.resume()
    # The answer that came too late is nobody's.
    assert store.read("v", [(3,)]) == [ROWS[3][1]]
    store.close()


def test_a_connection_that_was_closed_is_opened_anew(
    redis_server: RedisServer, store: RedisOnlineStore
) -> None:
    store.write("v", "g", ROWS)
    store.read("v", [(1,)])
    redis_server.client().client_kill_filter(_type="normal", skipme=True)
    assert store.read("v", [(2,)]) == [ROWS[2][1]]
    store.write("v", "h", ROWS)
    assert store.generation("v") == "h"


def test_a_server_that_was_started_anew_knows_nothing_and_says_so(lone_server: RedisServer) -> None:
    store = opened(lone_server, "p")
    store.write("v", "g", ROWS)
    lone_server.stop()
    with pytest.raises(StoreError, match="cannot be used") as caught:
        store.read("v", [(1,)])
    assert "check that the server runs" in caught.value.remedy
    lone_server.start()
    assert store.generation("v") is None  # so that the next run writes it again
    with pytest.raises(StoreError, match="not in the online store"):
        store.read("v", [(1,)])
    store.write("v", "g", ROWS)
    assert store.read("v", [(1,)]) == [ROWS[1][1]]
    store.close()


@pytest.mark.parametrize(
    ("password", "remedy"),
    [("wrong-and-secret", "secret that its password names"), (None, "secret that its password")],
)
def test_what_the_server_refuses_comes_with_a_remedy(
    redis_server: RedisServer, password: str | None, remedy: str
) -> None:
    store = RedisOnlineStore(redis_server.url, product="p", password=password)
    for use in (lambda: store.read("v", [(1,)]), lambda: store.write("v", "g", ROWS)):
        with pytest.raises(StoreError) as caught:
            use()
        assert remedy in caught.value.remedy, caught.value.message
        told: BaseException | None = caught.value
        while told is not None:
            assert password is None or password not in f"{told} {told!r}"
            told = told.__cause__ or told.__context__
    store.close()


def test_an_address_that_is_none_is_not_repeated() -> None:
    with pytest.raises(StoreError, match="not a URL of Redis") as caught:
        RedisOnlineStore("http://onespec:hidden@cache", product="p")
    assert "hidden" not in caught.value.message + caught.value.remedy


def test_where_nobody_listens_it_is_told_at_once() -> None:
    store = RedisOnlineStore(f"redis://127.0.0.1:{free_port('127.0.0.1')}", product="p")
    with pytest.raises(StoreError, match="refused"):
        store.generation("v")


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("OOM command not allowed when used memory > 'maxmemory'.", "maxmemory"),
        ("MOVED 3999 127.0.0.1:6381", "Cluster"),
        ("READONLY You can't write against a read only replica.", "primary"),
        ("NOPERM this user has no permissions to run the 'eval' command", "ACL"),
    ],
)
def test_what_servers_say_is_explained(message: str, remedy: str) -> None:
    assert remedy in explained(Exception(message)).remedy


def test_what_is_not_ours_is_not_taken_for_it(
    redis_server: RedisServer, store: RedisOnlineStore, product: str
) -> None:
    client, name = redis_server.client(), f"onespec:{product}:online:v"
    client.set(name, "something")
    with pytest.raises(StoreError, match="WRONGTYPE") as caught:
        store.read("v", [(1,)])
    assert "another database" in caught.value.remedy
    client.delete(name)
    store.write("v", "g", ROWS)
    one, two = (encode_key((n,)) for n in (1, 2))
    assert one is not None
    assert two is not None
    sound = client.hget(name, two)
    assert isinstance(sound, bytes)
    client.hset(name, one, sound)
    with pytest.raises(StoreError, match="damaged"):
        store.read("v", [(1,)])
    assert store.read("v", [(2,)]) == [ROWS[2][1]]


STOPS = """
import signal
from onespec.runtime.stores import online_redis
from onespec.runtime.stores.online import OnlineRow
online_redis._BATCH = 10
def rows():
    for n in range(1000):
        if n == 500:
            print("half", flush=True)
            signal.pause()
        yield (n,), OnlineRow({"x": n}, None, 0)
online_redis._entries, entries = (
    lambda view, layout, _: entries(view, layout, rows()), online_redis._entries)
store.write("v", "new", [((0,), OnlineRow({"x": 0}, None, 0))])
"""


def test_what_a_killed_writer_leaves_goes_by_itself(
    redis_server: RedisServer, store: RedisOnlineStore, product: str
) -> None:
    store.write("v", "old", ROWS)
    child = Online(redis_server.url, product, redis_server.password).run(STOPS)
    assert child.stdout is not None
    assert child.stdout.readline() == "half\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    client = redis_server.client()
    keys = client.keys(f"onespec:{product}:*")
    assert isinstance(keys, list)
    live = f"onespec:{product}:online:v".encode()
    (left,) = (key for key in keys if key != live)
    assert client.hlen(left) == 5 + 490 + 10
    assert 0 < int(client.ttl(left)) <= 3600
    assert client.ttl(f"onespec:{product}:online:v") == -1  # what is live stays
    assert store.generation("v") == "old"
    assert store.read("v", [(1,)]) == [ROWS[1][1]]
    client.delete(left)


def test_rows_that_vanish_before_they_are_live_are_noticed(
    redis_server: RedisServer,
    store: RedisOnlineStore,
    product: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.write("v", "old", ROWS)
    client, script = redis_server.client(), "redis.call('DEL', KEYS[1])\n"
    monkeypatch.setattr(online_redis, "_SWITCH", script + online_redis._SWITCH)
    with pytest.raises(StoreError, match="were lost"):
        store.write("v", "new", ROWS)
    assert store.generation("v") == "old"
    assert client.keys(f"onespec:{product}:*") == [f"onespec:{product}:online:v".encode()]


def test_threads_do_not_share_answers(store: RedisOnlineStore) -> None:
    store.write("v", "g", [((n,), OnlineRow({"x": n}, 1, 2)) for n in range(100)])
    wrong: list[object] = []

    def ask(mine: int) -> None:
        for n in range(200):
            key = (n * mine) % 100
            (found,) = store.read("v", [(key,)])
            if found is None or found.values["x"] != key:
                wrong.append(found)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_over_tls_it_knows_whom_it_talks_to(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext"),
            *("subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    tls = {"tls-cert-file": certificate, "tls-key-file": key, "tls-ca-cert-file": certificate}
    server = RedisServer(tls=tls)
    server.start()
    try:
        trusted = f"{server.url}?ssl_ca_certs={certificate}"
        store = RedisOnlineStore(trusted, product="p", password=server.password)
        store.write("v", "g", ROWS)
        assert store.read("v", [(1,)]) == [ROWS[1][1]]
        stranger = RedisOnlineStore(server.url, product="p", password=server.password)
        with pytest.raises(StoreError, match="certificate") as caught:
            stranger.read("v", [(1,)])
        assert "certificate" in caught.value.remedy
        store.close()
    finally:
        server.remove()
