"""The schemas of all sources as they are now, and what is wrong with those that cannot be read."""

from collections.abc import Mapping
from pathlib import Path

from ..compiler.lock import Lock, Schema
from ..runtime.errors import StepError
from ..runtime.sources import lock_schema
from ..specs.diagnostic import Diagnostic, Related
from ..specs.document import Document
from ..specs.sections.sources import Source


def read_schemas(
    document: Document, sources: Mapping[str, Source], project: Path, lock: Lock | None
) -> tuple[dict[str, Schema], dict[str, Diagnostic]]:
    """By source: what was found, or E308 at its path. One that cannot be read stops no other."""
    found: dict[str, Schema] = {}
    unread: dict[str, Diagnostic] = {}
    for name, source in sources.items():
        try:
            found[name] = lock_schema(name, source.path, source.format, project)
        except StepError as error:
            unread[name] = _unread(document, name, str(error), error.remedy, lock)
        except OSError as error:
            why = f"source `{name}`: `{source.path}` cannot be read: {error.strerror or error}"
            unread[name] = _unread(document, name, why, "", lock)
    return found, unread


def _unread(document: Document, name: str, why: str, remedy: str, lock: Lock | None) -> Diagnostic:
    span = lock.span(name) if lock is not None and name in lock.sources else None
    kept = (Related("its columns are still locked as they were here", span),) if span else ()
    return Diagnostic(
        "E308", why, document.span(("sources", name, "path")), hint=remedy, related=kept
    )
