"""The embedded online store: one SQLite file, written in one transaction, read lock-free."""

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

from ..errors import StoreError
from .online import OnlineRow
from .online_codec import Layout, encode_key, layout_number

_APPLICATION_ID = 0x6F6E7370  # "onsp"
_FORMAT = 2
_FORMATS = (1, _FORMAT)  # what can be read
_SCHEMA = f"""
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_FORMAT};
CREATE TABLE view (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, generation TEXT NOT NULL,
    definition TEXT NOT NULL DEFAULT '', instant INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE layout (number INTEGER PRIMARY KEY, fields TEXT NOT NULL UNIQUE);
CREATE TABLE entry (
    view INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (view, key)
) WITHOUT ROWID;
"""
_UPGRADE = f"""
ALTER TABLE view ADD COLUMN definition TEXT NOT NULL DEFAULT '';
ALTER TABLE view ADD COLUMN instant INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = {_FORMAT};
"""
_OVERTAKEN = "SELECT 1 FROM view WHERE name = ? AND definition = ? AND instant > ?"
_READ_ONE = "SELECT value FROM entry WHERE view = ? AND key = ?"
_BATCHES = (8, 32, 128, 512)  # keys in one statement: few sizes, so that SQLite keeps them prepared
_READ_MANY = {
    size: f"SELECT key, value FROM entry WHERE view = ? AND key IN ({','.join('?' * size)})"  # noqa: S608
    for size in _BATCHES
}
_REMEDY = "run the materialize steps again (`onespec run`); delete the file first if it is damaged"


class SqliteOnlineStore:
    """An `OnlineStore` in one file; safe with many threads and processes.

    `write` is one transaction that replaces the view's rows, so that a reader sees the old
    generation or the new one, and a crash leaves the old one. A read waits at most `read_timeout`
    seconds for a lock (only recovery after a crash takes one), a write `write_timeout`.
    """

    def __init__(
        self, path: Path, *, read_timeout: float = 0.25, write_timeout: float = 30.0
    ) -> None:
        self.path = Path(path)
        self._read_timeout = read_timeout
        self._write_timeout = write_timeout
        self._local = threading.local()
        self._open: weakref.WeakSet[_Reader] = weakref.WeakSet()
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.path,))

    def write(
        self,
        view: str,
        generation: str,
        rows: Sequence[tuple[tuple[Any, ...], OnlineRow]],
        *,
        definition: str = "",
        as_of: int = 0,
        go_back: bool = False,
    ) -> None:
        """Replace the view's rows, all or nothing, as `OnlineStore` says. Rows with a null in
        their key are left out, as no entity has them; a key that occurs twice is a StoreError."""
        layout = Layout.of([row.values for _, row in rows])
        try:
            with closing(self._writer()) as db, _transaction(db):
                newer = db.execute(_OVERTAKEN, (view, definition, as_of)).fetchone()
                if newer is not None and not go_back:
                    return
                number = _layout_number(db, layout)
                place = _view_number(db, view, generation, definition, as_of)
                db.execute("DELETE FROM entry WHERE view = ?", (place,))
                entries = _entries(view, place, number, layout, rows)
                db.executemany("INSERT INTO entry VALUES (?, ?, ?)", entries)
        except sqlite3.IntegrityError as error:
            raise StoreError(f"two rows of view {view!r} have the same key") from error
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from error

    def generation(self, view: str) -> str | None:
        """The generation that `write` last completed; None for a view or a file not yet there."""
        if not self.path.exists():
            return None
        try:
            return self._reader().generation(view)
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from error

    def overtaken(self, view: str, definition: str, as_of: int) -> bool:
        """Whether a later instant of the same definition is online."""
        if not self.path.exists():
            return False
        try:
            return self._reader().overtaken(view, definition, as_of)
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from error

    def read(self, view: str, keys: Sequence[tuple[Any, ...]]) -> Sequence[OnlineRow | None]:
        """One answer a key, in order, all of one generation. Raises StoreError when the file is
        missing, damaged or locked, or when the view was never written."""
        encoded = [encode_key(key) for key in keys]
        try:
            return self._reader().read(view, encoded)
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Close the connections of all threads; the store opens anew when it is used again."""
        with self._lock:
            readers = list(self._open)
            self._open.clear()
            self._local = threading.local()
        for reader in readers:
            reader.db.close()

    def _reader(self) -> "_Reader":
        reader: _Reader | None = getattr(self._local, "reader", None)
        if reader is not None and reader.current():
            return reader
        if reader is not None:
            self._local.reader = None
            reader.db.close()
        reader = _Reader(self.path, self._read_timeout)
        with self._lock:
            self._open.add(reader)
        self._local.reader = reader
        return reader

    def _writer(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=self._write_timeout, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute(f"PRAGMA journal_size_limit = {64 << 20}")
            _create(db, self.path)
        except BaseException:
            db.close()
            raise
        return db

    def _failed(self, error: Exception) -> StoreError:
        return StoreError(
            f"the online store {self.path.name} cannot be used: {error}", remedy=_REMEDY
        )


class _Reader:
    """A thread's connection, with what never changes in the file once it is there."""

    _CHECK_SECONDS = 1.0

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = path
        if not path.exists():
            raise StoreError(f"there is no online store at {path.name}", remedy=_REMEDY)
        self._identity = _identity(path)
        self._pid = os.getpid()
        self._checked = time.monotonic()
        # Threads do not share it; the flag lets `close` be called from another one.
        self.db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=timeout,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self.db.execute("PRAGMA cache_size = -8192")
            _verify(self.db, path)
        except BaseException:
            self.db.close()
            raise
        self._views: dict[str, tuple[int, int]] = {}
        self._layouts: dict[int, Layout] = {}

    def __del__(self) -> None:
        """A thread that ends takes its connection along."""
        if hasattr(self, "db"):
            self.db.close()

    def current(self) -> bool:
        """False once the file was replaced or removed; looked up about once a second."""
        now = time.monotonic()
        if now - self._checked < self._CHECK_SECONDS:
            return True
        self._checked = now
        return self._pid == os.getpid() and self._identity == _identity(self.path)

    def generation(self, view: str) -> str | None:
        sql = "SELECT generation FROM view WHERE name = ?"
        found = self.db.execute(sql, (view,)).fetchone()
        return str(found[0]) if found else None

    def overtaken(self, view: str, definition: str, as_of: int) -> bool:
        if self.db.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
            return False  # written before instants were kept
        return self.db.execute(_OVERTAKEN, (view, definition, as_of)).fetchone() is not None

    def read(self, view: str, keys: Sequence[bytes | None]) -> list[OnlineRow | None]:
        number, seed = self._view(view)
        if len(keys) == 1:
            (key,) = keys
            if key is None:
                return [None]
            found = self.db.execute(_READ_ONE, (number, key)).fetchone()
            return [None if found is None else self._row(found[0], key, seed)]
        wanted = list({key for key in keys if key is not None})
        raws = self._read_many(number, wanted)
        rows = {key: self._row(raw, key, seed) for key, raw in raws.items()}
        return [None if key is None else rows.get(key) for key in keys]

    def _read_many(self, number: int, keys: list[bytes]) -> dict[bytes, bytes]:
        if len(keys) <= _BATCHES[-1]:
            return dict(self._batch(number, keys))
        found: dict[bytes, bytes] = {}
        self.db.execute("BEGIN")  # one snapshot for all statements
        try:
            for start in range(0, len(keys), _BATCHES[-1]):
                found.update(self._batch(number, keys[start : start + _BATCHES[-1]]))
        finally:
            self.db.execute("COMMIT")
        return found

    def _batch(self, number: int, keys: list[bytes]) -> list[tuple[bytes, bytes]]:
        if not keys:
            return []
        size = next(size for size in _BATCHES if size >= len(keys))
        padded = keys + keys[-1:] * (size - len(keys))
        return self.db.execute(_READ_MANY[size], (number, *padded)).fetchall()

    def _row(self, raw: bytes, key: bytes, seed: int) -> OnlineRow:
        number = layout_number(raw, crc32(key, seed))
        layout = self._layouts.get(number)
        return (layout or self._load_layout(number)).decode(raw)

    def _view(self, name: str) -> tuple[int, int]:
        known = self._views.get(name)
        if known is not None:
            return known
        found = self.db.execute("SELECT number FROM view WHERE name = ?", (name,)).fetchone()
        if found is None:
            raise StoreError(f"view {name!r} is not in the online store", remedy=_REMEDY)
        known = self._views[name] = (int(found[0]), _seed(name))
        return known

    def _load_layout(self, number: int) -> Layout:
        found = self.db.execute("SELECT fields FROM layout WHERE number = ?", (number,)).fetchone()
        if found is None:
            raise StoreError("a row of the online store is damaged", remedy=_REMEDY)
        layout = self._layouts[number] = Layout.from_text(found[0])
        return layout


def _entries(
    view: str,
    place: int,
    number: int,
    layout: Layout,
    rows: Sequence[tuple[tuple[Any, ...], OnlineRow]],
) -> Iterator[tuple[int, bytes, bytes]]:
    seed = _seed(view)
    for key, row in rows:
        raw = encode_key(key)
        if raw is not None:
            yield place, raw, layout.encode(number, row, crc32(raw, seed))


def _seed(view: str) -> int:
    """Ties a row's checksum to its view and key, so that a row under another's key is damage."""
    return crc32(view.encode())


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _create(db: sqlite3.Connection, path: Path) -> None:
    with _transaction(db):
        if (
            db.execute("PRAGMA application_id").fetchone()[0] == 0
            and not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        ):
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
        _verify(db, path)
        if db.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
            for statement in _UPGRADE.split(";"):
                db.execute(statement)


def _verify(db: sqlite3.Connection, path: Path) -> None:
    found = tuple(
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if found not in [(_APPLICATION_ID, format_) for format_ in _FORMATS]:
        raise StoreError(f"{path.name} is not an online store of this version", remedy=_REMEDY)


def _layout_number(db: sqlite3.Connection, layout: Layout) -> int:
    db.execute("INSERT OR IGNORE INTO layout (fields) VALUES (?)", (layout.text,))
    found = db.execute("SELECT number FROM layout WHERE fields = ?", (layout.text,)).fetchone()
    return int(found[0])


def _view_number(
    db: sqlite3.Connection, name: str, generation: str, definition: str, as_of: int
) -> int:
    db.execute(
        "INSERT INTO view (name, generation, definition, instant) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET generation = excluded.generation,"
        " definition = excluded.definition, instant = excluded.instant",
        (name, generation, definition, as_of),
    )
    return int(db.execute("SELECT number FROM view WHERE name = ?", (name,)).fetchone()[0])


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.rollback()
        raise
    db.commit()
