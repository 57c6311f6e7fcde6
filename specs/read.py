"""A YAML file → a `Document`: safe on any input, and with every problem that can be found."""

import gc
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from .diagnostic import Diagnostic, Related, SpecError, spec_error
from .document import Document
from .events import Builder, Used
from .files import DISK, MAX_BYTES, Files, too_large
from .lines import Lines
from .syntax import explain_syntax

_ALLOWED_BYTES = bytes([9, 10, 13, *range(32, 127)])
# Control characters and surrogates are not YAML; NEL, LS and PS break lines for libyaml only, so
# that a comment could hide content from every editor; a byte order mark belongs at the start.
# Compiled when a text is not plain ASCII: that takes as long as reading a small spec.
_FORBIDDEN = (
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_PROLOGUE = re.compile(r"(?:[ \t]*+(?:#[^\r\n]*+)?[\r\n])*+%")
_NOTHING = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*+|\.\.\.(?=\s|\Z))*+")
_MAX_CHARACTER_PROBLEMS = 10


def read(path: Path | str, files: Files = DISK, used: Used | None = None) -> Document:
    """Read one YAML file; SpecError says everything that is wrong with it.

    Spans name the file as it was given. `used` is what files before this one have taken of the
    limits; without it, the file is alone. What a spec includes is read by `read_spec`.
    """
    name = Path(path).as_posix()
    return read_text(files.text(name), name, used)


def read_text(text: str, file: str, used: Used | None = None) -> Document:
    """Read YAML text; `file` is the name that spans bear."""
    used = Used() if used is None else used
    text = text.removeprefix("\ufeff")
    lines = Lines(file, text)
    if len(text) <= MAX_BYTES:
        _check_characters(lines)
    size = len(text) if len(text) > MAX_BYTES else len(text.encode())
    together = used.bytes > 0
    used.bytes += size
    if used.bytes > MAX_BYTES:
        raise too_large(file, together=together)
    if prologue := _PROLOGUE.match(text):
        at = prologue.end() - 1
        message = "directives (`%…`) are not used in a spec, which is always YAML 1.2"
        raise spec_error("E103", message, lines.span(at, at + 1))
    with _no_garbage_collection():
        return _build(lines, used)


def read_lenient(files: Iterable[str]) -> dict[str, str]:
    """The texts of files as far as they can be read, to show the lines that diagnostics name."""
    texts = {}
    for file in files:
        try:
            with Path(file).open("rb") as stream:
                raw = stream.read(MAX_BYTES)
        except (OSError, ValueError):
            continue
        texts[file] = raw.decode("utf-8", "replace").removeprefix("\ufeff")
    return texts


def _build(lines: Lines, used: Used) -> Document:
    builder = Builder(lines, used)
    try:
        built = builder.build()
        if built is not None:
            builder.problems += _after_document(builder, lines, built[2])
    except yaml.YAMLError as error:
        raise SpecError([*builder.problems, _syntax_problem(error, lines)]) from None
    if builder.problems:
        raise SpecError(builder.problems)
    if built is None or (built[0] is None and built[1][1] == built[1][2]):
        raise spec_error("E108", "the file is empty", lines.span(0, 0))
    return Document(built[0], built[1], {lines.file: lines.text})


def _after_document(builder: Builder, lines: Lines, end: int) -> Iterator[Diagnostic]:
    """What is wrong with the text after the document. The parser never sees a second one."""
    found = _NOTHING.match(lines.text, end)
    at = found.end() if found else end
    if at == len(lines.text):
        return
    if lines.text[at] not in "-%" and "..." not in lines.text[max(0, end - 3) : at]:
        builder.rest()
    message = "a second document starts here, but a spec is one document"
    span = lines.span(at, at + (3 if lines.text.startswith("---", at) else 1))
    yield Diagnostic("E107", message, span, hint="Remove it, or put it in a file of its own.")


def _syntax_problem(error: yaml.YAMLError, lines: Lines) -> Diagnostic:
    complaint = explain_syntax(error, lines.text)
    at = min(complaint.at, len(lines.text))
    related: tuple[Related, ...] = ()
    if complaint.opened_at is not None:
        opened = lines.span(complaint.opened_at, complaint.opened_at + 1)
        related = (Related("what is being read here began here", opened),)
    span = lines.span(at, at if lines.text[at : at + 1] in "\r\n" else at + 1)
    return Diagnostic("E101", complaint.message, span, hint=complaint.hint, related=related)


def _check_characters(lines: Lines) -> None:
    text = lines.text
    if text.isascii() and not text.encode().translate(None, _ALLOWED_BYTES):
        return
    problems = []
    for found in re.finditer(_FORBIDDEN, text):
        name = f"U+{ord(found.group()):04X}"
        message = f"the character {name} cannot stand in YAML"
        hint = "Remove it; inside double quotes it can be written as an escape such as \\u2028."
        span = lines.span(found.start(), found.end())
        problems.append(Diagnostic("E109", message, span, hint=hint))
        if len(problems) == _MAX_CHARACTER_PROBLEMS:
            break
    if problems:
        raise SpecError(problems)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Pause the collector: a build makes many objects and no cycles, and each pass costs more."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
