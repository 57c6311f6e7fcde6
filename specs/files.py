"""Where the texts of a spec come from: this machine's disk, or anything else that knows paths."""

import os
import posixpath
import stat
from pathlib import Path
from typing import Protocol

from .diagnostic import SpecError, spec_error
from .lines import Lines
from .suggest import closest, shown

MAX_BYTES = 4 * 1024 * 1024

ROOT_MARKS = (".git", ".onespec-root")
"""What marks the folder that a spec and all that it includes lie in."""


class Files(Protocol):
    """Texts by path. Another one than `DISK` reads a spec elsewhere, such as in a git revision."""

    def text(self, path: str) -> str:
        """The text of a file; SpecError says why it cannot be read (E105: without a span)."""
        ...

    def real(self, path: str) -> str:
        """The absolute path without links: equal for two paths of one file."""
        ...

    def root(self, folder: str) -> str:
        """The real path of the folder that the files of a spec in `folder` may not leave."""
        ...

    def near(self, path: str) -> str | None:
        """The path of a file that may have been meant, where there is none at this one."""
        ...


class Disk:
    """The files of this machine."""

    def text(self, path: str) -> str:
        """Only ordinary files in UTF-8 of at most 4 MiB are read."""
        name = shown(path, 120)
        try:
            mode = Path(path).stat().st_mode
            if stat.S_ISDIR(mode):
                raise spec_error("E105", f"`{name}` is a folder, not a file")
            if not stat.S_ISREG(mode):
                raise spec_error("E105", f"`{name}` is not an ordinary file")
            with Path(path).open("rb") as stream:
                raw = stream.read(MAX_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError):
            near = self.near(path)
            hint = f"did you mean `{shown(near, 120)}`?" if near else ""
            raise spec_error("E105", f"there is no file `{name}`", hint=hint) from None
        except PermissionError:
            raise spec_error("E105", f"`{name}` may not be read by this user") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise spec_error("E105", f"`{name}` cannot be read: {reason}") from None
        if len(raw) > MAX_BYTES:
            raise too_large(path)
        return _decode(raw, path)

    def real(self, path: str) -> str:
        """Links are followed as far as they lead somewhere."""
        return os.path.realpath(path)

    def root(self, folder: str) -> str:
        """The nearest folder upwards with one of `ROOT_MARKS`; without one, the folder itself."""
        real = Path(os.path.realpath(folder))
        for at in (real, *real.parents):
            if any((at / mark).exists() for mark in ROOT_MARKS):
                return str(at)
        return str(real)

    def near(self, path: str) -> str | None:
        """A file of which one name differs: its own, or that of a folder above it."""
        given = Path(path)
        for missing in (given, *given.parents):
            if missing.parent.is_dir():
                guess = closest(missing.name, _beside(missing, folders=missing != given))
                found = missing.parent / (guess or "") / given.relative_to(missing)
                return found.as_posix() if guess is not None and found.is_file() else None
        return None


DISK = Disk()


def seen_from(folder: str, file: str) -> str:
    """A file's path as it is written in `folder`, where both are relative to the same place.

    Nothing of the machine enters: `seen_from("a/b", "a/c.yaml")` is `../c.yaml` everywhere.
    """
    here = [part for part in posixpath.normpath(folder).split("/") if part not in ("", ".")]
    there = posixpath.normpath(file).lstrip("/").split("/")
    common = 0
    while common < min(len(here), len(there) - 1) and here[common] == there[common]:
        common += 1
    return "/".join([".."] * (len(here) - common) + there[common:])


def too_large(file: str, *, together: bool = False) -> SpecError:
    """E104 at the start of a file."""
    whose = "the files of this spec are together" if together else "the file is"
    message = f"{whose} larger than {MAX_BYTES // 1024**2} MiB"
    return spec_error("E104", message, Lines(file, "").span(0, 0))


def _decode(raw: bytes, file: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise spec_error(
            "E109", "the file is UTF-16", Lines(file, "").span(0, 0), "Save it as UTF-8."
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8").removeprefix("\ufeff")
        message = f"the byte 0x{raw[error.start]:02X} is not UTF-8 text"
        span = Lines(file, before).span(len(before), len(before))
        raise spec_error("E109", message, span, "Save it as UTF-8.") from None


def _beside(path: Path, *, folders: bool) -> list[str]:
    try:
        entries = list(path.parent.iterdir())
    except OSError:
        return []
    if folders:
        return [entry.name for entry in entries if entry.is_dir()]
    return [entry.name for entry in entries if entry.suffix in (".yaml", ".yml")]
