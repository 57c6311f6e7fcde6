"""The footer of a Parquet file, read without Arrow: how many rows, which columns."""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"PAR1"
_TAIL = 8
_LARGEST = 64 << 20
_DEEPEST = 32
# Thrift's compact protocol.
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE = 0, 1, 2, 3, 7
_BINARY, _LIST, _SET, _MAP, _STRUCT = 8, 9, 10, 11, 12


@dataclass(frozen=True, slots=True)
class Footer:
    """Rows, and the names of the top-level columns in the file's order."""

    rows: int
    columns: tuple[str, ...]


def parquet_footer(path: Path) -> Footer | None:
    """None where the file is no Parquet file, or one whose footer cannot be understood."""
    try:
        with path.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, end - _TAIL))
            tail = stream.read(_TAIL)
            length = struct.unpack("<I", tail[:4])[0]
            if tail[4:] != _MAGIC or not 0 < length <= min(end - _TAIL, _LARGEST):
                return None
            stream.seek(end - _TAIL - length)
            return _Reader(stream.read(length)).footer()
    except (OSError, ValueError, IndexError, struct.error, RecursionError):
        return None


class _Reader:
    """A cursor over the footer's bytes. Raises IndexError or ValueError where they end or lie."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def footer(self) -> Footer | None:
        """`FileMetaData`: 2 is the list of schema elements, 3 the number of rows."""
        elements: list[tuple[str, int]] = []
        for field, kind in self._fields():
            if field == 2 and kind == _LIST:
                size, _ = self._list()
                elements = [self._element() for _ in range(size)]
            elif field == 3:
                return Footer(self._integer(), _top_level(elements))
            else:
                self._skip(kind, 0)
        return None

    def _element(self) -> tuple[str, int]:
        """`SchemaElement`: 4 is its name, 5 the number of its children."""
        name, children = "", 0
        for field, kind in self._fields():
            if field == 4 and kind == _BINARY:
                name = self._binary().decode("utf-8", "replace")
            elif field == 5:
                children = self._integer()
            else:
                self._skip(kind, 0)
        return name, children

    def _fields(self) -> Iterator[tuple[int, int]]:
        field = 0
        while (head := self._byte()) != _STOP:
            field = field + (head >> 4) if head >> 4 else self._integer()
            yield field, head & 15

    def _skip(self, kind: int, depth: int) -> None:
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        if kind in (_TRUE, _FALSE):
            return
        if kind == _BYTE:
            self._byte()
        elif kind == _DOUBLE:
            self._take(8)
        elif kind == _BINARY:
            self._binary()
        elif kind in (_LIST, _SET):
            size, of = self._list()
            for _ in range(size):
                self._skip(_BYTE if of in (_TRUE, _FALSE) else of, depth + 1)
        elif kind == _MAP:
            self._skip_map(depth)
        elif kind == _STRUCT:
            for _, inner in self._fields():
                self._skip(inner, depth + 1)
        else:
            self._varint()

    def _skip_map(self, depth: int) -> None:
        size = self._varint()
        kinds = self._byte() if size else 0
        for _ in range(size):
            self._skip(kinds >> 4, depth + 1)
            self._skip(kinds & 15, depth + 1)

    def _list(self) -> tuple[int, int]:
        head = self._byte()
        size = head >> 4
        return (self._varint() if size == 15 else size), head & 15

    def _binary(self) -> bytes:
        return self._take(self._varint())

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number is too long")

    def _byte(self) -> int:
        value = self.data[self.at]
        self.at += 1
        return value

    def _take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise ValueError("the footer is cut off")
        self.at += size
        return self.data[self.at - size : self.at]


def _top_level(elements: list[tuple[str, int]]) -> tuple[str, ...]:
    """The children of the root; the elements are in depth-first order."""
    names, below = [], 0
    for name, children in elements[1:]:
        if below:
            below += children - 1
        else:
            names.append(name)
            below = children
    return tuple(names)
