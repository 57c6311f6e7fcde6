"""Reads of the online store against the same reads by hand, on one Redis server, in the same run.

`python benchmarks/online.py [--rounds 2000]`: 20 float features a row, 20,000 keys. By hand is
redis-py's `get` and `mget` of rows of the same size, undecoded; the embedded store stands beside.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from redis import Redis
from servers.redis import RedisServer

from onespec.runtime.stores.online import OnlineRow
from onespec.runtime.stores.online_redis import RedisOnlineStore
from onespec.runtime.stores.online_sqlite import SqliteOnlineStore

KEYS = [(f"N{n:06}",) for n in range(20_000)]
FEATURES = {f"view.f{n}": n / 7 for n in range(20)}


def wanted(start: int, count: int) -> list[tuple[str]]:
    return [KEYS[(start * 7919 + n * 131) % len(KEYS)] for n in range(count)]


def quick(reads: Sequence[Callable[[int], object]], rounds: int) -> list[float]:
    """The quickest tenth, in µs: what others do on the machine is not measured. The readers take
    turns, so that a busy moment is everybody's."""
    times: list[list[float]] = [[] for _ in reads]
    for start in range(rounds):
        for read, taken in zip(reads, times, strict=True):
            began = time.perf_counter()
            read(start)
            taken.append(time.perf_counter() - began)
    return [sorted(taken)[rounds // 10] * 1e6 for taken in times]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2000)
    rounds = parser.parse_args().rounds
    rows = [(key, OnlineRow(FEATURES, 1, 1)) for key in KEYS]
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer()
        server.start()
        shared = RedisOnlineStore(server.url, product="bench", password=server.password)
        embedded = SqliteOnlineStore(Path(folder) / "online.sqlite")
        try:
            for name, store in (("redis", shared), ("embedded", embedded)):
                began = time.perf_counter()
                store.write("view", "g", rows)
                print(f"{name:10} write {len(rows) / (time.perf_counter() - began):8.0f} rows/s")
            # The protocol in which the client is quickest.
            raw = Redis.from_url(server.url, password=server.password, protocol=2)
            raw.mset({key: bytes(184) for (key,) in KEYS})
            for count in (1, 100):

                def by_hand(start: int, count: int = count) -> object:
                    names = [key for (key,) in wanted(start, count)]
                    return raw.get(names[0]) if count == 1 else raw.mget(names)

                reads = [
                    by_hand,
                    lambda start, count=count: shared.read("view", wanted(start, count)),
                    lambda start, count=count: embedded.read("view", wanted(start, count)),
                ]
                quick(reads, 50)
                hand, redis, sqlite = quick(reads, rounds if count == 1 else rounds // 10)
                print(
                    f"read {count:3}: by hand {hand:7.1f} µs, Redis {redis:7.1f} µs "
                    f"({redis / hand:.2f} x), embedded {sqlite:7.1f} µs"
                )
        finally:
            shared.close()
            embedded.close()
            server.remove()


if __name__ == "__main__":
    main()
