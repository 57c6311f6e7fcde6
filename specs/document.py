"""A YAML file as plain data in which every key and every value knows where it was written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .lines import Lines
from .offsets import Offsets, offsets_in
from .span import SourceSpan

Path = tuple[str | int, ...]

Place: TypeAlias = tuple[str, int, int, "dict[str, Key] | list[Place] | None"]
"""File, start and end of a value in characters, and the places inside it (None: a scalar)."""

Key: TypeAlias = tuple[str, int, int, Place]
"""File, start and end of a mapping's key in characters, and the place of its value."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """Plain data, the places of its parts, and the texts that it was read from.

    `texts` are by file, as spans name it: the spec first, then what it includes in the order in
    which it was met. `data` consists of dict (with str keys), list, str, int, float, bool and
    None. Places are kept as character offsets; spans are made when somebody asks, since most
    documents have no errors.
    """

    data: Any
    places: Place = field(repr=False)
    texts: Mapping[str, str] = field(repr=False)
    _lines: dict[str, Lines] = field(default_factory=dict, init=False, repr=False)

    @property
    def main(self) -> str:
        """The file that was asked for; every other one is included by it."""
        return self.places[0]

    def is_included(self, path: Path) -> bool:
        """Whether another file than the main one declares what is at a path."""
        key, place, _ = self._find(path)
        return (key or place)[0] != self.main

    @property
    def keys(self) -> Mapping[Path, SourceSpan]:
        """The span of every mapping key, by the path of its value."""
        return _Spans(self, of_keys=True)

    @property
    def values(self) -> Mapping[Path, SourceSpan]:
        """The span of every value, by path; the whole document is at `()`."""
        return _Spans(self, of_keys=False)

    def value(self, path: Path) -> Any:
        """The value at a path; KeyError when there is none."""
        if not self._find(path)[2]:
            raise KeyError(path)
        value = self.data
        for step in path:
            value = value[step]
        return value

    def span(self, path: Path) -> SourceSpan:
        """The span of the value at a path, or of its nearest ancestor that exists."""
        file, start, end, _ = self._find(path)[1]
        return self.span_at(file, start, end)

    def key_span(self, path: Path) -> SourceSpan:
        """The span of the key at a path, or of the nearest ancestor's key.

        Items of lists have no key: theirs is the span of the item.
        """
        key, place, _ = self._find(path)
        file, start, end, _inside = key or place
        return self.span_at(file, start, end)

    def span_within(self, path: Path, start: int, end: int) -> SourceSpan:
        """The span of the characters [start, end) of a scalar's value.

        Quotes, escapes, indentation and folded lines are accounted for. Where a character has no
        place of its own (an alias, a collection), the span is that of the whole value.
        """
        _, (file, first, last, inside), exact = self._find(path)
        table = self._offsets(path, file, first, last) if exact and inside is None else None
        if table is None:
            return self.span_at(file, first, last)
        start = max(0, min(start, len(table.starts)))
        end = max(start, min(end, len(table.starts)))
        begin = table.starts[start] if start < len(table.starts) else table.end
        stop = table.ends[end - 1] if end > start else begin
        return self.span_at(file, first + begin, first + stop)

    def span_at(self, file: str, start: int, end: int) -> SourceSpan:
        """The span of the characters [start, end) of a file's text."""
        return self._table(file).span(start, end)

    def key(self, path: Path) -> Key:
        """The key at a path, as a place; KeyError when there is none."""
        key, _, exact = self._find(path)
        if key is None or not exact:
            raise KeyError(path)
        return key

    def line(self, file: str, number: int) -> str:
        """The text of a line of a file, counted from 1, without its line break."""
        return self._table(file).line(number) if file in self.texts else ""

    def _offsets(self, path: Path, file: str, start: int, end: int) -> Offsets | None:
        raw = self.texts[file][start:end]
        value = self.value(path)
        return offsets_in(raw, value if isinstance(value, str) else raw)

    def _find(self, path: Path) -> tuple[Key | None, Place, bool]:
        """The deepest key and place on the way to a path, and whether it is the path's own."""
        key: Key | None = None
        place = self.places
        for step in path:
            inside = place[3]
            if isinstance(inside, dict) and isinstance(step, str) and step in inside:
                key = inside[step]
                place = key[3]
            elif isinstance(inside, list) and type(step) is int and 0 <= step < len(inside):
                key, place = None, inside[step]
            else:
                return key, place, False
        return key, place, True

    def _table(self, file: str) -> Lines:
        table = self._lines.get(file)
        if table is None:
            table = self._lines[file] = Lines(file, self.texts[file])
        return table


class _Spans(Mapping[Path, SourceSpan]):
    """The spans of a document's keys or values, made one by one as they are read."""

    def __init__(self, document: Document, *, of_keys: bool) -> None:
        self._document = document
        self._of_keys = of_keys

    def __getitem__(self, path: Path) -> SourceSpan:
        key, _, exact = self._document._find(path)
        if not exact or (self._of_keys and key is None):
            raise KeyError(path)
        return self._document.key_span(path) if self._of_keys else self._document.span(path)

    def __iter__(self) -> Iterator[Path]:
        waiting: list[tuple[Path, Place]] = [((), self._document.places)]
        while waiting:
            path, place = waiting.pop()
            inside = place[3]
            if not self._of_keys or (path and isinstance(path[-1], str)):
                yield path
            if isinstance(inside, dict):
                waiting += [((*path, name), key[3]) for name, key in reversed(inside.items())]
            elif inside is not None:
                waiting += [((*path, n), inside[n]) for n in range(len(inside) - 1, -1, -1)]

    def __len__(self) -> int:
        return sum(1 for _ in self)
