"""Names for people: `latest/STEP/FILE` in the state folder leads to what a step last yielded."""

import os
from pathlib import Path

from .events import RunResult
from .workspace import Workspace


def link_latest(workspace: Workspace, result: RunResult) -> dict[str, Path]:
    """Point the links at the run's values; returns the folder of each step that has files."""
    folders = {}
    for step_id, outcome in result.steps.items():
        if outcome.value is None or not outcome.value.files:
            continue
        folder = workspace.state / "latest" / step_id
        folder.mkdir(parents=True, exist_ok=True)
        for name, blob in outcome.value.files.items():
            path = workspace.store.at_hand(blob)
            if path is None:  # another machine made it, and nothing here has asked for it
                (folder / name).unlink(missing_ok=True)
            else:
                _link(folder / name, path)
        folders[step_id] = folder
    return folders


def _link(link: Path, target: Path) -> None:
    """Replace the link in one move, so that nobody finds it missing."""
    relative = os.path.relpath(target, link.parent)
    if link.is_symlink() and os.readlink(link) == relative:  # noqa: PTH115
        return
    temporary = link.with_name(f".{link.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(relative)
    temporary.replace(link)
