"""The lock file: the schema of every source, so that compiling needs no data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..specs.diagnostic import Diagnostic, SpecError
from ..specs.document import Document
from ..specs.files import DISK, Files
from ..specs.quote_yaml import quote_yaml
from ..specs.read import read
from ..specs.span import SourceSpan
from ..specs.types import DataType, Kind

LOCK_NAME = "onespec.lock"
LOCK_VERSION = 1

Schema = Mapping[str, DataType]

_HEADER = "# The schema of every source. Written by `onespec lock`; commit it, never edit it.\n"


@dataclass(frozen=True)
class Lock:
    """Columns in file order, by source. A type that ends in `?` may be null."""

    file: str
    sources: Mapping[str, Schema]
    document: Document | None = field(default=None, compare=False, repr=False)

    def span(self, source: str, *column: str) -> SourceSpan | None:
        """Where a source, or a column of it, was written, if the lock was read from a file."""
        if self.document is None:
            return None
        return self.document.key_span(("sources", source, *column))


def lock_path(spec: Path) -> Path:
    """The lock file that belongs to a spec."""
    return spec.with_name(LOCK_NAME)


def load_lock(path: Path, files: Files = DISK) -> Lock:
    """Raises SpecError (E301, E304) when there is no lock file, or not a readable one."""
    try:
        document = read(path, files)
    except SpecError as error:
        if error.diagnostics[0].message.startswith("there is no file"):
            raise _absent(path) from None
        raise
    data = document.data
    if not isinstance(data, dict) or data.get("lock") != LOCK_VERSION:
        raise _damaged(document, path, f"it does not begin with `lock: {LOCK_VERSION}`")
    sources = data.get("sources")
    if not isinstance(sources, dict):
        raise _damaged(document, path, "it has no `sources`")
    schemas = {str(name): _schema(document, path, name, sources[name]) for name in sources}
    return Lock(path.name, schemas, document)


def _absent(path: Path) -> SpecError:
    return SpecError(
        [
            Diagnostic(
                "E301",
                f"there is no {path.name} beside the spec",
                None,
                hint="run `onespec lock` once and commit the file",
            )
        ]
    )


def _schema(document: Document, path: Path, name: str, columns: object) -> Schema:
    if not isinstance(columns, dict):
        raise _damaged(document, path, f"`sources.{name}` is not a mapping of columns")
    schema: dict[str, DataType] = {}
    for column, text in columns.items():
        try:
            kind = Kind(str(text).removesuffix("?"))
        except ValueError:
            raise _damaged(
                document, path, f"`{text}` is not a type, at `sources.{name}.{column}`"
            ) from None
        schema[column] = DataType(kind, str(text).endswith("?"))
    return schema


def _damaged(document: Document, path: Path, why: str) -> SpecError:
    return SpecError(
        [
            Diagnostic(
                "E304",
                f"{path.name} cannot be used: {why}",
                document.span(()),
                hint="run `onespec lock` to write it anew",
            )
        ]
    )


def lock_text(sources: Mapping[str, Schema]) -> str:
    """The lock file for these schemas: sources by name, columns in their own order."""
    lines = [_HEADER, f"lock: {LOCK_VERSION}\n", "sources:\n" if sources else "sources: {}\n"]
    for name in sorted(sources):
        lines.append(f"  {_key(name)}:{'' if sources[name] else ' {}'}\n")
        lines += [f"    {_key(column)}: {_key(str(t))}\n" for column, t in sources[name].items()]
    return "".join(lines)


def _key(text: str) -> str:
    """Plain where that is safe, since people read it."""
    plain = text.isascii() and text.replace("_", "a").replace("?", "a").isalnum()
    reserved = text.lower() in {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
    return text if plain and not text[0].isdigit() and not reserved else quote_yaml(text)
