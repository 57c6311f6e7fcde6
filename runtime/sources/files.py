"""Which files a source's path names, and that none lies where it must not."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from . import SUFFIXES
from .problem import problem

_GLOB = re.compile(r"[*?\[]")
_URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a source; `name` is its path below the source's own folder, with slashes."""

    name: str
    path: Path


def source_files(source: str, path: str, format: str, project: Path) -> tuple[SourceFile, ...]:
    """The files of a source in the order of their names: at least one.

    `path` is a file, a folder (all files of the format in it and below; names that start with `.`
    or `_` are left out) or a glob. A relative path stays inside the project folder: `..` is
    refused, and so is a link that leads out of it. An absolute path is taken as it is written,
    because whoever reads the spec sees it; links may then not leave the folder that it names.

    Raises SourceError when nothing is there or the path is refused.
    """
    base, pattern = _split(source, path, project)
    fence = (base if PurePosixPath(path).is_absolute() else project).resolve()
    if pattern is not None:
        found = [file for file in base.glob(pattern) if file.is_file()]
    elif (base / "").is_dir():
        suffixes = SUFFIXES[format]
        found = [
            file for file in base.rglob("*") if file.name.endswith(suffixes) and file.is_file()
        ]
    elif base.is_file():
        _inside(source, base, fence if not PurePosixPath(path).is_absolute() else None)
        return (SourceFile(base.name, base),)
    else:
        raise problem(
            source, f"there is no file or folder `{path}`", remedy="check the source's path"
        )
    named = sorted((file.relative_to(base).as_posix(), file) for file in found)
    files = tuple(SourceFile(name, file) for name, file in named if not _hidden(name))
    if not files:
        raise problem(source, f"`{path}` names no {format} file", remedy="check the source's path")
    for file in files:
        _inside(source, file.path, fence)
    return files


def _split(source: str, path: str, project: Path) -> tuple[Path, str | None]:
    """The folder or file without wildcards, and the pattern below it."""
    if _URI.match(path):
        raise problem(
            source,
            f"`{path}` is not a local path",
            remedy="copy the data into the project folder and give their path",
        )
    if "\0" in path or ".." in PurePosixPath(path).parts:
        raise problem(
            source,
            f"the path {path!r} leads out of where it starts",
            remedy="give a path inside the project folder, or an absolute one",
        )
    parts = PurePosixPath(path).parts
    plain = next((i for i, part in enumerate(parts) if _GLOB.search(part)), len(parts))
    base = project.joinpath(*parts[:plain])
    return base, "/".join(parts[plain:]) or None


def _inside(source: str, path: Path, fence: Path | None) -> None:
    if fence is not None and not path.resolve().is_relative_to(fence):
        raise problem(
            source,
            f"`{path.name}` is a link that leads out of the folder it is in",
            remedy="give the absolute path of the data, or copy them into the project folder",
        )


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in PurePosixPath(name).parts)
