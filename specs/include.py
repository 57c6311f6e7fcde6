"""`include:` a spec and the files that it names, as one document that knows who wrote what."""

import posixpath
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from .diagnostic import Diagnostic, Related, SpecError
from .document import Document
from .events import MAX_PROBLEMS, Used
from .files import DISK, ROOT_MARKS, Files, seen_from
from .merge import Merger
from .read import read
from .span import SourceSpan
from .suggest import shown

MAX_FILES = 200
MAX_CHAIN = 20

_ABSOLUTE = re.compile(r"[/\\~]|[A-Za-z][A-Za-z0-9+.-]*:")
_GLOB = re.compile(r"[*?\[]")
_ROOT_HINT = (
    "What a spec includes lies in its repository: below the nearest folder upwards that holds "
    f"{' or '.join(f'`{mark}`' for mark in ROOT_MARKS)}, or else below the spec's own folder."
)


class _Include(NamedTuple):
    """One item of `include`, and where it was written."""

    written: str
    span: SourceSpan


class _Opened(NamedTuple):
    """A file that is being read: its real path, and its name in spans."""

    real: str
    name: str


def read_spec(path: Path | str, files: Files = DISK) -> tuple[Document, tuple[Diagnostic, ...]]:
    """A spec with all that it includes, and what is wrong with the including.

    Raises SpecError when the spec itself cannot be read. With diagnostics, the document holds
    what could be read: enough to look for more mistakes in, not to compile.
    """
    used = Used()
    main = read(path, files, used)
    if not isinstance(main.data, dict) or "include" not in main.data:
        return main, ()
    reader = _Reader(main, files, used)
    opened = _Opened(files.real(main.main), main.main)
    reader.seen[opened.real] = opened.name
    with suppress(_Enough):
        reader.follow(main, (opened,))
    return reader.merger.document(), tuple(reader.problems)


class _Enough(Exception):  # noqa: N818 - it ends the reading and is no error
    """A limit is reached: what is read from here on would only cost time."""


@dataclass
class _Reader:
    """Follows includes depth first, in the order in which they are written."""

    main: Document
    files: Files
    used: Used
    seen: dict[str, str] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.merger = Merger(self.main, self.problems)
        self._folder = posixpath.dirname(self.main.main)
        self._root = self.files.root(self._folder or ".")

    def follow(self, document: Document, chain: tuple[_Opened, ...]) -> None:
        """Read what a document includes, and what that includes."""
        folder = posixpath.dirname(document.main)
        for one in _includes(document):
            if len(self.problems) >= MAX_PROBLEMS:
                raise _Enough
            opened = self._locate(one, folder)
            if opened is None:
                continue
            reals = [each.real for each in chain]
            if opened.real in reals:
                self._cycle(one, chain[reals.index(opened.real) :])
            elif opened.real not in self.seen:
                self._check_limits(one, chain)
                self.seen[opened.real] = opened.name
                self._add(one, opened, chain)

    def _add(self, one: _Include, opened: _Opened, chain: tuple[_Opened, ...]) -> None:
        try:
            fragment = read(opened.name, self.files, self.used)
        except SpecError as error:
            self.problems += (self._as_included(each, one, opened) for each in error.diagnostics)
            if any(each.code == "E104" for each in error.diagnostics):
                raise _Enough from None
            return
        self.merger.add(fragment)
        if isinstance(fragment.data, dict):
            self.follow(fragment, (*chain, opened))

    def _locate(self, one: _Include, folder: str) -> _Opened | None:
        """The file that an item means; None, with an error, where that may not be read."""
        written = one.written
        text = shown(written, 120)
        if not written.isprintable() or _ABSOLUTE.match(written) or "\\" in written:
            message = f"`{text}` is not a relative path with `/` between folders and file"
            self._problem("E215", message, one, hint="Write it as seen from this file's folder.")
            return None
        name = posixpath.normpath(posixpath.join(folder, written))
        real = self.files.real(name)
        if real == self._root or not real.startswith(self._root.rstrip("/") + "/"):
            message = f"`{text}` lies outside the repository"
            if self._lies_inside(name):
                message = f"`{text}` is, or lies behind, a link that leads out of the repository"
            self._problem("E215", message, one, hint=_ROOT_HINT)
            return None
        return _Opened(real, name)

    def _lies_inside(self, name: str) -> bool:
        """Whether a path would be inside the root if there were no links."""
        folder = self.files.real(self._folder or ".")
        inside = posixpath.normpath(posixpath.join(folder, seen_from(self._folder, name)))
        return inside.startswith(self._root.rstrip("/") + "/")

    def _cycle(self, one: _Include, chain: tuple[_Opened, ...]) -> None:
        names = [shown(seen_from(self._folder, each.name)) for each in (*chain, chain[0])]
        message = f"`{names[0]}` includes itself"
        if len(chain) > 1:
            told = ", which includes ".join(f"`{name}`" for name in names[1:])
            message = f"`{names[0]}` includes {told} again"
        self._problem("E214", message, one, hint="Leave one of these includes out.")

    def _check_limits(self, one: _Include, chain: tuple[_Opened, ...]) -> None:
        if len(self.seen) > MAX_FILES:
            self._problem("E104", f"a spec includes more than {MAX_FILES} files", one)
            raise _Enough
        if len(chain) > MAX_CHAIN:
            self._problem("E104", f"files include files more than {MAX_CHAIN} levels deep", one)
            raise _Enough

    def _as_included(self, one: Diagnostic, where: _Include, opened: _Opened) -> Diagnostic:
        """What is wrong with a file: told at the include where there is no text to show."""
        if one.span is not None:
            return replace(one, related=(*one.related, Related("it is included here", where.span)))
        near = self.files.near(opened.name) if one.hint else None
        hint = ""
        if _GLOB.search(where.written):
            hint = "List the files one by one: a spec does not change with what lies around it."
        elif "folder" in one.message:
            hint = "List the files in it that are meant."
        label = ""
        if near is not None:
            label = f"did you mean `{shown(seen_from(posixpath.dirname(where.span.file), near))}`?"
        return replace(one, code="E212", span=where.span, label=label, hint=hint)

    def _problem(self, code: str, message: str, one: _Include, *, hint: str = "") -> None:
        self.problems.append(Diagnostic(code, message, one.span, hint=hint))


def _includes(document: Document) -> Iterator[_Include]:
    """The items that are paths; validation speaks of the others."""
    items = document.data.get("include")
    if isinstance(items, list):
        for index, written in enumerate(items):
            if isinstance(written, str) and written:
                yield _Include(written, document.span(("include", index)))
