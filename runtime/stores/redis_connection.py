"""Connections to a Redis server, with a bound on every wait, and errors that say what to do."""

import os
from typing import Any

from ..errors import StoreError

try:
    from redis import ConnectionPool, Redis
    from redis.backoff import NoBackoff
    from redis.exceptions import ConnectionError as LostConnection
    from redis.exceptions import RedisError, ResponseError
    from redis.retry import Retry
except ImportError as error:
    raise StoreError(
        "an online store on Redis needs its client", remedy="pip install 'onespec[redis]'"
    ) from error

FAILURES = (RedisError, OSError)
LOST = LostConnection
"""The server is away, or has closed the connection: the same may succeed a moment later."""

# What to do, by what the message says.
_REMEDIES = (
    (("WRONGPASS", "NOAUTH", "Authentication required", "invalid username-password",
      "without any password configured"),
     "check the user in the online store's url and the secret that its password names"),
    (("NOPERM", "no permissions"), "let the user run the commands of onespec (ACL SETUSER)"),
    (("OOM",), "give the server more memory (maxmemory)"),
    (("MOVED", "CROSSSLOT", "CLUSTERDOWN"),
     "the server is part of a Redis Cluster: name one that is not, or a proxy before it"),
    (("READONLY",), "the url leads to a replica: name the primary"),
    (("WRONGTYPE",), "the key belongs to somebody else: choose another database (redis://HOST/1)"),
    (("certificate", "SSL"), "check the certificate; redis:// is plain, rediss:// is TLS"),
)  # fmt: skip
_OTHER = "check that the server runs and that the online store's url leads to it"


def open_pool(url: str, password: str | None, connect: float, answer: float) -> ConnectionPool:
    """Connections that wait at most so many seconds. `password` comes apart from the url, so that
    no plan or log ever holds it. Raises StoreError for an address that is none."""
    apart: dict[str, Any] = {} if password is None else {"password": password}
    try:
        return ConnectionPool.from_url(
            url,
            **apart,
            socket_connect_timeout=connect,
            socket_timeout=answer,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
            client_name="onespec",
            protocol=2,
        )
    except ValueError:  # not told on: the text may hold a password
        raise StoreError(
            "the online store's address is not a URL of Redis",
            remedy="write it as redis://HOST:PORT/DATABASE, or rediss:// for TLS",
        ) from None


def client_of(pool: ConnectionPool) -> Any:
    """Commands over the pool's connections."""
    return Redis(connection_pool=pool)


class Link:
    """One connection, for one thread. Not the pool's client: that asks the socket before each
    command whether it still is open, and so costs as much again as the answer."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._connection: Any = pool.make_connection()
        self._proven = False
        self.pid = os.getpid()

    def ask(self, *words: bytes) -> Any:
        """The answer to one command that changes nothing: it is asked again, once, when the server
        had closed the connection meanwhile."""
        if not self._proven:
            return self._ask(words)
        try:
            return self._ask(words)
        except LOST:
            return self._ask(words)

    def _ask(self, words: tuple[bytes, ...]) -> Any:
        link = self._connection
        try:
            if not self._proven:
                link.connect()
            link.send_packed_command(link.pack_command(*words), check_health=False)
            answer = link.read_response(disable_decoding=True)
        except ResponseError:
            raise
        except BaseException:
            # Half an answer must never be taken for the next one.
            self._proven = False
            link.disconnect()
            raise
        self._proven = True
        return answer


def explained(error: Exception) -> StoreError:
    """What went wrong in one line, and what to do."""
    told = " ".join(str(error).split())
    found = (remedy for signs, remedy in _REMEDIES if any(sign in told for sign in signs))
    return StoreError(f"the online store cannot be used: {told}", remedy=next(found, _OTHER))
