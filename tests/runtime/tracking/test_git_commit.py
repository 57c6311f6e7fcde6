"""The commit is read where git keeps it."""

import os
import subprocess
from pathlib import Path

import pytest

from onespec.runtime.tracking.git_commit import git_commit

IDENTITY = {
    f"GIT_{who}_{what}": "x@example.com"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


def git(folder: Path, *words: str) -> str:
    environment = {**os.environ, **IDENTITY}
    done = subprocess.run(
        ["git", *words], cwd=folder, capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main", "repo")
    git(tmp_path / "repo", "commit", "-q", "--allow-empty", "-m", "first")
    return tmp_path / "repo"


def test_as_git_says(repository: Path) -> None:
    expected = git(repository, "rev-parse", "HEAD")
    inner = repository / "a" / "b"
    inner.mkdir(parents=True)
    assert git_commit(inner) == expected
    git(repository, "pack-refs", "--all")
    assert git_commit(inner) == expected
    git(repository, "checkout", "-q", "--detach")
    assert git_commit(inner) == expected


def test_in_a_worktree(repository: Path) -> None:
    git(repository, "worktree", "add", "-q", "-b", "other", "../other")
    other = repository.parent / "other"
    git(other, "commit", "-q", "--allow-empty", "-m", "second")
    assert git_commit(other) == git(other, "rev-parse", "HEAD")
    assert git_commit(other) != git_commit(repository)


def test_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert git_commit(tmp_path) is None
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    assert git_commit(tmp_path) is None
    (tmp_path / ".git" / "HEAD").write_text("no commit\n")
    assert git_commit(tmp_path) is None
