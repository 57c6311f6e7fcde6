"""Specs of git revisions, read without touching the checkout: the one place that calls git."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import click

_NO_REVISION = re.compile(r"-|.*(?:\.\.|[\s:\\?*\[\x00-\x1f\x7f])", re.DOTALL)
"""An option, a range, or what no name of a commit holds."""
_READ = (".yaml", ".yml", "onespec.lock")
_LARGEST = 4 * 1024 * 1024  # the reader takes no larger file
_SECONDS = 60
_KINDS = ("100644", "100755")


class Repository:
    """The repository that holds a path. Raises UsageError where there is none, or no git."""

    def __init__(self, inside: Path) -> None:
        folder = inside if inside.is_dir() else inside.parent
        while not folder.is_dir() and folder != folder.parent:
            folder = folder.parent  # it may be there in the other revision only
        self._folder = folder
        try:
            self.root = Path(self._line("rev-parse", "--show-toplevel")).resolve()
        except click.UsageError as error:
            raise click.UsageError(
                f"No revisions can be read at {inside}: {error.message}"
            ) from None

    def merge_base(self, one: str, other: str) -> str:
        """The commit from which two have come. Raises UsageError where they share none."""
        return self._line("merge-base", self.commit(one), self.commit(other))

    def commit(self, revision: str) -> str:
        """The commit that a name means. Raises UsageError for what is no name of one."""
        if not revision or _NO_REVISION.match(revision):
            raise click.UsageError(f"`{revision}` is neither a file nor the name of a revision.")
        try:
            return self._line("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        except click.UsageError:
            raise click.UsageError(
                f"`{revision}` is neither a file here nor a revision of {self.root}."
            ) from None

    def extract(self, commit: str, folder: Path) -> None:
        """Write every YAML and lock file of a commit into a folder."""
        for path, text in self._blobs(dict(self._listed(commit))):
            target = folder.joinpath(*path.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)

    def _listed(self, commit: str) -> Iterator[tuple[PurePosixPath, str]]:
        """Paths and object names; links and submodules are left out."""
        for entry in self._git("ls-tree", "-r", "-z", "-l", "--full-tree", commit).split(b"\0"):
            head, _, name = entry.partition(b"\t")
            if not name.endswith(tuple(ending.encode() for ending in _READ)):
                continue
            mode, _kind, blob, size = head.decode("ascii").split()
            path = PurePosixPath(name.decode("utf-8", "surrogateescape"))
            safe = not path.is_absolute() and not {"..", ".git"} & set(path.parts)
            if mode in _KINDS and safe and int(size) <= _LARGEST:
                yield path, blob

    def _blobs(self, listed: dict[PurePosixPath, str]) -> Iterator[tuple[PurePosixPath, bytes]]:
        asked = "".join(f"{blob}\n" for blob in listed.values()).encode()
        answer = self._git("cat-file", "--batch", given=asked)
        at = 0
        for path in listed:
            end = answer.index(b"\n", at)
            size = int(answer[at:end].split()[2])
            yield path, answer[end + 1 : end + 1 + size]
            at = end + size + 2

    def _line(self, *arguments: str) -> str:
        return self._git(*arguments).decode("utf-8", "surrogateescape").rstrip("\n")

    def _git(self, *arguments: str, given: bytes = b"") -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and revisions cannot be options
                ["git", "--no-pager", "-C", str(self._folder), *arguments],  # noqa: S607
                input=given,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
            )
        except FileNotFoundError:
            raise click.UsageError("Comparing revisions needs git, which is not there.") from None
        except subprocess.TimeoutExpired:
            raise click.UsageError(f"git did not answer within {_SECONDS} s.") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise click.UsageError(f"git says: {said or 'no'}")
        return done.stdout
