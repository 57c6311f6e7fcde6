"""Trying a bundle on one machine: the commands that its platform would start, as processes here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ..compiler.plan import Plan
from .artifact import Artifact


class CannotRehearse(Exception):  # noqa: N818 - says what is the case
    """Something that a rehearsal needs is not on this machine."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands for the platform: folders, all absolute, and the programs that somebody named.

    `bundle` is where the files of the rehearsal will lie, `scratch` is the platform's own.
    """

    project: Path
    state: Path
    bundle: Path
    scratch: Path
    programs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Act:
    """A command that the platform would start, its paths those of the stage. `onespec` is this
    one; `part` is the file that says it."""

    part: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The bundle, with the stage's folders for the platform's, and its commands in their order."""

    files: tuple[Artifact, ...]
    acts: tuple[Act, ...]


@runtime_checkable
class Rehearsed(Protocol):
    """A target whose bundle can be tried on one machine."""

    def rehearse(self, plan: Plan, settings: Any, stage: Stage) -> Rehearsal:
        """All that runs the main job. Raises CannotRehearse."""
