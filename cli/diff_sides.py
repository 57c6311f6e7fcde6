"""What `onespec diff` compares: specs, folders, plan files and git revisions."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from ..compiler.changes.side import Side
from .options import find_spec
from .revisions import Repository

WORKING_TREE = "working tree"


@dataclass(frozen=True)
class Given:
    """One side as it was asked for: its name for people, and the file to read. What is read of a
    revision lies in `folder`, and belongs to the repository at `root`."""

    name: str
    path: Path
    folder: Path | None = None
    root: Path = Path()

    def shown(self, file: str) -> str:
        """What a person calls a file of this side: as seen from here."""
        if self.folder is None or not Path(file).is_relative_to(self.folder):
            return file
        return Path(os.path.relpath(self.root / Path(file).relative_to(self.folder))).as_posix()


@contextmanager
def both_sides(old: str, new: str | None, spec: Path) -> Iterator[tuple[Given, Given]]:
    """The two sides; what is read of revisions is there for as long as they are used."""
    if new is None and ".." in old and not Path(old).exists():
        old, dots, new = old.partition("..." if "..." in old else "..")
        old, new = old or "HEAD", new or "HEAD"
        if dots == "...":
            old = Repository(spec).merge_base(old, new)
    with TemporaryDirectory(prefix="onespec-diff-") as folder:
        yield (
            _given(old, spec, Path(folder) / "old"),
            Given(WORKING_TREE, find_spec(spec))
            if new is None
            else _given(new, spec, Path(folder) / "new"),
        )


@contextmanager
def one_side(text: str, spec: Path) -> Iterator[Given]:
    """A file, a folder, or a revision of the spec; what is read of it is there while it is used."""
    with TemporaryDirectory(prefix="onespec-diff-") as folder:
        yield _given(text, spec, Path(folder))


def _given(text: str, spec: Path, folder: Path) -> Given:
    path = Path(text)
    if path.exists():
        return Given(text, find_spec(path))
    if path.suffix in (".yaml", ".yml", ".json"):
        raise click.UsageError(f"There is no file `{text}`.")
    repository = Repository(spec)
    repository.extract(repository.commit(text), folder)
    root = repository.root
    inside = spec.resolve()
    if not inside.is_relative_to(root):
        raise click.UsageError(f"{spec} is not in the repository {root}.")
    found = folder / inside.relative_to(root)
    return Given(_short(text), _in_revision(found, spec, text), folder, root)


def _short(revision: str) -> str:
    """The full name of a commit is more than a person reads."""
    whole = len(revision) == 40 and set(revision) <= set("0123456789abcdef")
    return revision[:10] if whole else revision


def _in_revision(found: Path, spec: Path, revision: str) -> Path:
    try:
        if found.exists():
            return find_spec(found)
    except click.UsageError:
        pass
    raise click.UsageError(f"`{revision}` has no spec at {spec}; name another one with `--spec`.")


def compiled_side(given: Given, environment: str | None) -> Side:
    """The side, compiled; a plan file as it is. Raises SpecError or PlanFileError."""
    if given.path.suffix == ".json":
        from ..compiler.plan_file import load_plan

        if environment is not None:
            raise click.UsageError("A plan is compiled already; `--env` is for specs.")
        return Side(load_plan(given.path))
    from ..compiler.compile import check
    from ..compiler.lock import load_lock, lock_path
    from ..compiler.schedule import schedule
    from ..specs.diagnostic import SpecError

    lock = load_lock(lock_path(given.path))
    checked = check(given.path, environment, lock)
    if checked.errors:
        raise SpecError(checked.errors)
    return Side(schedule(checked.graph, given.path.name), checked.graph, lock)
