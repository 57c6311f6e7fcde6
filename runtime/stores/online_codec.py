"""Feature rows as bytes: typed, checked, and decoded with one struct per layout."""

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zlib import crc32

from ..errors import StoreError
from .online import OnlineRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INT64 = range(-(2**63), 2**63)
_NO_TIME = -(2**63)
_HEAD = struct.Struct("<II")  # checksum of all that follows, layout
# The types in the order in which isinstance must ask: bool is an int, datetime is a date.
_CODES: tuple[tuple[type, str], ...] = (
    (bool, "b"),
    (int, "i"),
    (float, "f"),
    (str, "s"),
    (datetime, "t"),
    (date, "d"),
)
_EXACT = dict(_CODES)
_STRUCT_CODES = {"b": "?", "i": "q", "f": "d", "s": "I", "t": "q", "d": "i"}


def encode_key(key: Sequence[Any]) -> bytes | None:
    """An entity key as bytes, equal only for equal keys; None when a part is null.

    Each part is a type letter and a self-delimiting payload, so that neither `1`, `"1"` and
    `True` nor `("a", "bc")` and `("ab", "c")` meet.
    """
    parts = []
    for value in key:
        if value is None:
            return None
        code = _code_of(value)
        raw = _KEY_PARTS[code](value)
        parts.append(code.encode() + len(raw).to_bytes(4, "little") + raw)
    return b"".join(parts)


class Layout:
    """The fields of a row and their types, and how rows of this shape become bytes."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self.fields = tuple((str(name), code) for name, code in fields)
        self._names = tuple(name for name, _ in self.fields)
        self._codes = tuple(code for _, code in self.fields)
        nulls = (len(self.fields) + 7) // 8
        self._no_nulls = bytes(nulls)
        plain = "".join(_STRUCT_CODES[code] for code in self._codes)
        self._body = struct.Struct(f"<qq{nulls}s{plain}")
        self._special = tuple(
            (place, code) for place, code in enumerate(self._codes) if code in "std"
        )

    @staticmethod
    def of(rows: Sequence[Mapping[str, Any]]) -> "Layout":
        """The layout that holds all rows. A field that a row lacks is null there.

        Raises StoreError when a field's values are not of one type; int beside float is float.
        """
        kinds: dict[str, set[str]] = {}
        for row in rows:
            for name, value in row.items():
                found = kinds.setdefault(name, set())
                if value is not None:
                    found.add(_code_of(value))
        return Layout([(name, _one_code(name, codes)) for name, codes in kinds.items()])

    @staticmethod
    def from_text(text: str) -> "Layout":
        """The inverse of `text`. Raises StoreError for anything else."""
        try:
            return Layout([(name, code) for name, code in json.loads(text)])
        except (ValueError, TypeError, KeyError) as error:
            raise StoreError(f"the online store holds an unknown row layout: {error}") from error

    @property
    def text(self) -> str:
        return json.dumps(self.fields, ensure_ascii=False, separators=(",", ":"))

    def encode(self, number: int, row: OnlineRow, seed: int) -> bytes:
        """A row as bytes. `number` names this layout; `seed` ties the row to its key."""
        nulls = bytearray(len(self._no_nulls))
        fixed: list[Any] = []
        texts: list[bytes] = []
        for place, (name, code) in enumerate(self.fields):
            value = row.values.get(name)
            if value is None:
                nulls[place >> 3] |= 1 << (place & 7)
                fixed.append(0)
            elif code == "s":
                texts.append(_text_bytes(value))
                fixed.append(len(texts[-1]))
            else:
                fixed.append(_PLAIN[code](value))
        time = _NO_TIME if row.event_time is None else row.event_time
        body = self._body.pack(time, row.written, bytes(nulls), *fixed)
        rest = b"".join((number.to_bytes(4, "little"), body, *texts))
        return crc32(rest, seed).to_bytes(4, "little") + rest

    def decode(self, raw: bytes) -> OnlineRow:
        """The inverse of `encode`, for bytes that `layout_number` has checked."""
        cells = self._body.unpack_from(raw, _HEAD.size)
        time, written, nulls = cells[:3]
        event_time = None if time == _NO_TIME else time
        if not self._special and nulls == self._no_nulls:
            return OnlineRow(dict(zip(self._names, cells[3:])), event_time, written)  # noqa: B905
        values = list(cells[3:])
        if self._special:
            self._decode_special(raw, values)
        if nulls != self._no_nulls:
            for place in range(len(values)):
                if nulls[place >> 3] >> (place & 7) & 1:
                    values[place] = None
        return OnlineRow(dict(zip(self._names, values, strict=True)), event_time, written)

    def _decode_special(self, raw: bytes, values: list[Any]) -> None:
        at = _HEAD.size + self._body.size
        for place, code in self._special:
            value = values[place]
            if code == "s":
                values[place] = raw[at : at + value].decode()
                at += value
            elif code == "t":
                values[place] = _EPOCH + timedelta(microseconds=value)
            else:
                values[place] = date.fromordinal(value or 1)


def layout_number(raw: bytes, seed: int) -> int:
    """The layout of an encoded row. Raises StoreError when the bytes are not what was written."""
    if len(raw) >= _HEAD.size:
        checksum, number = _HEAD.unpack_from(raw)
        if crc32(memoryview(raw)[4:], seed) == checksum:
            return int(number)
    raise StoreError("a row of the online store is damaged")


def _code_of(value: Any) -> str:
    code = _EXACT.get(type(value))
    if code is not None:
        return code
    for kind, code in _CODES:
        if isinstance(value, kind):
            return code
    raise StoreError(
        f"the online store cannot hold a {type(value).__name__}",
        remedy="features are bool, int, float, string, timestamp, date or null",
    )


def _one_code(name: str, codes: set[str]) -> str:
    if not codes:
        return "f"
    if codes == {"i", "f"}:
        return "f"
    if len(codes) > 1:
        kinds = ", ".join(sorted(kind.__name__ for kind, code in _CODES if code in codes))
        raise StoreError(f"feature {name!r} holds values of several types: {kinds}")
    return codes.pop()


def _text_bytes(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise StoreError(f"{value!r:.80} is not valid text: {error.reason}") from error


def _int64(value: int) -> int:
    if value not in _INT64:
        raise StoreError(f"{value} does not fit a 64-bit integer")
    return value


def _float(value: float) -> float:
    if isinstance(value, int) and float(value) != value:
        raise StoreError(f"{value} has no exact floating-point value")
    return float(value)


def _micros(value: datetime) -> int:
    if value.tzinfo is None:
        raise StoreError(f"the timestamp {value} has no time zone", remedy="use UTC")
    try:
        return (value.astimezone(UTC) - _EPOCH) // _MICROSECOND
    except OverflowError as error:
        raise StoreError(f"the timestamp {value} is outside of the calendar in UTC") from error


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "b": bool,
    "i": _int64,
    "f": _float,
    "t": _micros,
    "d": date.toordinal,
}
_KEY_PARTS: Mapping[str, Callable[[Any], bytes]] = {
    "b": lambda value: b"\1" if value else b"\0",
    "i": lambda value: _int64(value).to_bytes(8, "little", signed=True),
    "f": lambda value: struct.pack("<d", value + 0.0),  # -0.0 and 0.0 are one key
    "s": _text_bytes,
    "t": lambda value: _micros(value).to_bytes(8, "little", signed=True),
    "d": lambda value: value.toordinal().to_bytes(4, "little"),
}
