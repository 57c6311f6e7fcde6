"""The online store on a Redis server: one hash a view, replaced whole, read in one round trip."""

import os
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any
from zlib import crc32

from ..errors import StoreError
from .online import OnlineRow
from .online_codec import Layout, encode_key, layout_number
from .redis_connection import FAILURES, LOST, Link, client_of, explained, open_pool

# Of a view's hash, beside a field for each entity key. No key begins with a colon: the first byte
# of an encoded key is the letter of a type.
_SHAPE = b":shape"  # names the layout in a few bytes
_LAYOUT = b":layout"
_GENERATION = b":generation"
_DEFINITION = b":definition"
_INSTANT = b":instant"

_BATCH = 1000  # rows that are encoded, sent and answered at a time
_STAGED_SECONDS = 3600  # what a killed writer leaves is gone after this long
_ATTEMPTS = 3
_REMEDY = "run the materialize steps again (`onespec run`)"

# Puts what was staged in the place of what is live. Answers 1; 0 where a later instant of the same
# definition is live; -1 where rows have gone missing.
_SWITCH = """
local live = redis.call('HMGET', KEYS[2], ':definition', ':instant')
if ARGV[4] == '0' and live[1] == ARGV[1] and live[2] and live[2] > ARGV[2] then
  redis.call('UNLINK', KEYS[1])
  return 0
end
if redis.call('HLEN', KEYS[1]) ~= tonumber(ARGV[3]) then
  redis.call('UNLINK', KEYS[1])
  return -1
end
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('RENAME', KEYS[2], KEYS[3])
  redis.call('UNLINK', KEYS[3])
end
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('PERSIST', KEYS[2])
return 1
"""

Rows = Sequence[tuple[tuple[Any, ...], OnlineRow]]


class RedisOnlineStore:
    """An `OnlineStore` on one server, which products may share: each has names of its own.

    A write fills a hash aside and renames it in one script, so that a reader sees the old
    generation or the new one, and a writer that is killed leaves the old one. A read is one
    command. It waits at most `connect_timeout` for a connection and `read_timeout` seconds for the
    answer; a connection that the server has closed is opened anew once.
    """

    def __init__(
        self,
        url: str,
        *,
        product: str,
        password: str | None = None,
        connect_timeout: float = 0.5,
        read_timeout: float = 0.25,
        write_timeout: float = 30.0,
    ) -> None:
        self._prefix = f"onespec:{product}:online:"
        self._reads = open_pool(url, password, connect_timeout, read_timeout)
        self._writes = open_pool(url, password, write_timeout, write_timeout)
        self._local = threading.local()
        self._shapes: dict[bytes, Layout] = {}

    def write(
        self,
        view: str,
        generation: str,
        rows: Rows,
        *,
        definition: str = "",
        as_of: int = 0,
        go_back: bool = False,
    ) -> None:
        """Replace the view's rows, all or nothing, as `OnlineStore` says. Rows with a null in
        their key are left out, as no entity has them; a key that occurs twice is a StoreError."""
        layout = Layout.of([row.values for _, row in rows])
        head = {
            _SHAPE: _shape_of(layout),
            _LAYOUT: layout.text.encode(),
            _GENERATION: generation.encode(),
            _DEFINITION: definition.encode(),
            _INSTANT: _sortable(as_of),
        }
        for attempt in range(_ATTEMPTS):
            try:
                self._write(view, head, layout, rows, go_back)
            except FAILURES as error:
                if attempt == _ATTEMPTS - 1 or not isinstance(error, LOST):
                    raise explained(error) from error
                time.sleep(0.2 * 2**attempt)
            else:
                return

    def generation(self, view: str) -> str | None:
        """The generation that `write` last completed; None for a view that was never written."""
        found = self._ask(b"HGET", self._name(view), _GENERATION)
        return None if found is None else str(found, "utf-8")

    def overtaken(self, view: str, definition: str, as_of: int) -> bool:
        """Whether a later instant of the same definition is online."""
        there, instant = self._ask(b"HMGET", self._name(view), _DEFINITION, _INSTANT)
        return bool(there == definition.encode() and instant > _sortable(as_of))

    def read(self, view: str, keys: Sequence[tuple[Any, ...]]) -> Sequence[OnlineRow | None]:
        """One answer a key, in order, all of one generation. Raises StoreError when the server is
        away or slow, when a row is damaged, or when the view was never written."""
        encoded = [encode_key(key) for key in keys]
        wanted = encoded if None not in encoded else [key for key in encoded if key is not None]
        name = self._name(view)
        shape, *raws = self._ask(b"HMGET", name, _SHAPE, *wanted)
        layout = self._shapes.get(shape)
        if layout is None:
            shape, text, *raws = self._ask(b"HMGET", name, _SHAPE, _LAYOUT, *wanted)
            if shape is None or text is None:
                raise StoreError(f"view {view!r} is not in the online store", remedy=_REMEDY)
            layout = self._shapes[shape] = Layout.from_text(str(text, "utf-8"))
        found = iter(_decoded(layout, crc32(view.encode()), wanted, raws))
        return [None if key is None else next(found) for key in encoded]

    def close(self) -> None:
        """Close the connections of all threads; the store opens anew when it is used again."""
        self._local = threading.local()
        self._reads.disconnect()
        self._writes.disconnect()

    def _write(
        self, view: str, head: dict[bytes, bytes], layout: Layout, rows: Rows, go_back: bool
    ) -> None:
        client = client_of(self._writes)
        live = self._name(view)
        staged, gone = (live + f":{kind}:{uuid.uuid4().hex}".encode() for kind in ("new", "old"))
        try:
            count = int(client.hset(staged, mapping=head))
            entries = _entries(view, layout, rows)
            while batch := list(islice(entries, _BATCH)):
                pipe = client.pipeline(transaction=False)
                pipe.hset(staged, mapping=dict(batch))
                pipe.expire(staged, _STAGED_SECONDS)
                added = int(pipe.execute()[0])
                if added != len(batch):
                    raise StoreError(f"two rows of view {view!r} have the same key")
                count += added
            definition, instant = head[_DEFINITION], head[_INSTANT]
            words = (definition, instant, count, int(go_back))
            ended = client.eval(_SWITCH, 3, staged, live, gone, *words)
        except BaseException:
            _forget(client, staged)
            raise
        if ended == -1:
            raise StoreError(
                f"rows of view {view!r} were lost while they were written",
                remedy="keep the server from evicting keys (maxmemory-policy noeviction)",
            )

    def _name(self, view: str) -> bytes:
        return (self._prefix + view).encode()

    def _ask(self, *words: bytes) -> Any:
        """The answer to one command, over this thread's own connection."""
        link: Link | None = getattr(self._local, "link", None)
        if link is None or link.pid != os.getpid():
            link = self._local.link = Link(self._reads)
        try:
            return link.ask(*words)
        except FAILURES as error:
            raise explained(error) from error


def _entries(view: str, layout: Layout, rows: Rows) -> Iterator[tuple[bytes, bytes]]:
    seed, number = crc32(view.encode()), crc32(layout.text.encode())
    for key, row in rows:
        raw = encode_key(key)
        if raw is not None:
            yield raw, layout.encode(number, row, crc32(raw, seed))


def _decoded(
    layout: Layout, seed: int, keys: Sequence[bytes | None], raws: Sequence[bytes | None]
) -> Iterator[OnlineRow | None]:
    number = crc32(layout.text.encode())
    for key, raw in zip(keys, raws, strict=True):
        if raw is None or key is None:
            yield None
            continue
        if layout_number(raw, crc32(key, seed)) != number:
            raise StoreError("a row of the online store is damaged", remedy=_REMEDY)
        yield layout.decode(raw)


def _shape_of(layout: Layout) -> bytes:
    return sha256(layout.text.encode()).digest()[:8]


def _sortable(instant: int) -> bytes:
    """A text that sorts as the instant does: numbers of Redis's scripts are floats."""
    return b"%020d" % (instant + 2**63)


def _forget(client: Any, staged: bytes) -> None:
    """As well as it can be done: what stays is gone after a while."""
    try:
        client.unlink(staged)
    except FAILURES:
        return
