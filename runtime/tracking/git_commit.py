"""The commit that a project's folder is at, read from git's files without running git."""

import re
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def git_commit(folder: Path) -> str | None:
    """The commit of the repository around `folder`; None outside one. Local changes do not show."""
    try:
        found = next((p for p in (folder, *folder.parents) if (p / ".git").exists()), None)
        return None if found is None else _head(_git_folder(found / ".git"))
    except OSError:
        return None


def _git_folder(place: Path) -> Path:
    """A worktree or submodule has a file that names its folder."""
    if place.is_dir():
        return place
    return (place.parent / place.read_text("utf-8").removeprefix("gitdir:").strip()).resolve()


def _head(git: Path) -> str | None:
    head = (git / "HEAD").read_text("utf-8").strip()
    if not head.startswith("ref:"):
        return _checked(head)
    name = head.removeprefix("ref:").strip()
    shared = git
    if (git / "commondir").exists():
        shared = (git / (git / "commondir").read_text("utf-8").strip()).resolve()
    for place in (git, shared):
        if (place / name).is_file():
            return _checked((place / name).read_text("utf-8").strip())
    return _packed(shared / "packed-refs", name)


def _packed(path: Path, name: str) -> str | None:
    if not path.is_file():
        return None
    for line in path.read_text("utf-8").splitlines():
        commit, _, ref = line.partition(" ")
        if ref == name:
            return _checked(commit)
    return None


def _checked(text: str) -> str | None:
    return text if _COMMIT.fullmatch(text) else None
