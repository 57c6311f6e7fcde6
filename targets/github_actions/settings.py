"""What the GitHub Actions target can be told."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ...specs.sections.base import Schedule
from ..target import Settings

Word = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


Label = Literal[
    "breaks-callers", "removed", "retrain", "rematerialise", "redeploy", "re-evaluate", "re-read",
    "re-check", "re-monitor", "added", "metadata-only",
]  # fmt: skip


class LockCheck(BaseModel):
    """`lock_check:` the comparison of the sources with onespec.lock, where the data is."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    schedule: Schedule = "0 5 * * *"
    """When the sources are held against the lock file (cron, UTC)."""
    prepare: list[Word] = Field(default_factory=list, examples=[["python", "prepare.py"]])
    """A command, as words, that brings the data."""
    runs_on: str = ""
    """A runner that reaches the data; that of the other jobs when left out."""


class GithubActionsSettings(Settings):
    """`targets: {github-actions: …}`"""

    project: str = "."
    """The project's folder, as seen from the root of the repository."""
    branch: str = "main"
    """The branch that pull requests are for."""
    runs_on: str = "ubuntu-24.04"
    """The runner."""
    python: str = "3.12"
    """The version of Python."""
    install: list[Word] = Field(default_factory=list, examples=[["onespec[run]==0.1.0"]])
    """What pip installs; onespec at the version that compiled, when left out."""
    fail_on: list[Label] = Field(default_factory=list, examples=[["breaks-callers"]])
    """What a pull request must not do to any node, in the words of `onespec diff`."""
    lock_check: LockCheck | None = Field(default_factory=LockCheck)
    """The scheduled check of the lock file; `null` for none."""
