"""Spec in, plan out: load, bind, check, schedule."""

from dataclasses import dataclass
from pathlib import Path

from ..specs.diagnostic import Diagnostic, SpecError, in_file_order
from ..specs.document import Document
from ..specs.files import DISK, Files
from ..specs.include import read_spec
from ..specs.overlay import apply_overlay
from ..specs.sections.spec import Spec
from ..specs.validate import validate, validate_parts
from .bind import bind
from .checks import CHECKS
from .graph import Graph
from .lock import Lock, load_lock, lock_path
from .plan import Plan
from .schedule import schedule


@dataclass(frozen=True)
class Checked:
    """A spec that was bound, and everything that was found on the way."""

    graph: Graph
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.diagnostics if d.severity == "error")


def load(path: Path, environment: str | None = None, files: Files = DISK) -> tuple[Document, Spec]:
    """Read and validate a spec. Raises SpecError with all that is wrong with its shape.

    `texts` of the document are all files that the spec is made of.
    """
    document = _read(path, environment, files)
    return document, validate(document)


def _read(path: Path, environment: str | None, files: Files) -> Document:
    document, found = read_spec(path, files)
    if found:
        raise SpecError((*found, *_shape_problems(document)), document.texts)
    return document if environment is None else apply_overlay(document, environment)


def _shape_problems(document: Document) -> tuple[Diagnostic, ...]:
    """What else is wrong while some included files could not be added."""
    if "sources" not in document.data:  # most likely they are in one of those
        return ()
    try:
        validate(document)
    except SpecError as error:
        return error.diagnostics
    return ()


def check(
    path: Path,
    environment: str | None = None,
    lock: Lock | None = None,
    files: Files = DISK,
) -> Checked:
    """Everything that can be known before anything runs.

    Raises SpecError when something is wrong in shape, with what can be said of the rest as well.
    """
    document = _read(path, environment, files)
    salvaged, misshapen = validate_parts(document)
    if salvaged is None:
        raise SpecError(misshapen, document.texts)
    try:
        lock = lock or load_lock(lock_path(path), files)
    except SpecError as error:
        raise SpecError((*misshapen, *error.diagnostics), document.texts) from None
    graph, found = bind(document, salvaged.spec, lock, environment, salvaged.broken)
    found += tuple(d for rule in CHECKS for d in rule(graph))
    if misshapen:
        raise SpecError((*misshapen, *found), document.texts)
    return Checked(graph, in_file_order(found, document.texts))


def compile_spec(
    path: Path,
    environment: str | None = None,
    lock: Lock | None = None,
    files: Files = DISK,
) -> Plan:
    """The plan of a spec. Raises SpecError when anything is an error."""
    checked = check(path, environment, lock, files)
    if checked.errors:
        raise SpecError(checked.diagnostics)
    return schedule(checked.graph, path.name)
