"""A stage for each way: a project of its own, and nothing that another way has left behind."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from ...targets.rehearsal import Stage

LEFT = (".git", ".venv", ".onespec", "build", "__pycache__")
"""What is no part of a project that is rehearsed."""


def make_stage(project: Path, folder: Path, programs: Mapping[str, str]) -> Stage:
    """A copy of the project below `folder`; files are shared by hard links where that can be."""
    copy = folder / "project"
    ignored = shutil.ignore_patterns(*LEFT)
    shutil.copytree(project, copy, copy_function=_link, ignore=ignored, symlinks=True)
    stage = Stage(copy, folder / "state", copy / "build", folder / "platform", programs)
    for made in (stage.state, stage.bundle, stage.scratch):
        made.mkdir(parents=True, exist_ok=True)
    return stage


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
