"""What travels to a cluster that does not share the project folder."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import StepError

MOST_BYTES = 256 << 20
"""Ray keeps the archive in its head node's memory, and refuses more than twice as much."""

EXCLUDED = (".git", ".venv", ".onespec", "build", "__pycache__")
"""Names that stay, wherever they lie in the project."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """The project folder, and the packages that every node installs for the run (as for pip)."""

    pip: tuple[str, ...] = ()

    def runtime_env(self, project: Path) -> dict[str, Any]:
        """For `ray.init`. Raises StepError for a project that is too large to travel."""
        largest = sorted(_sizes(project), reverse=True)
        total = sum(size for size, _ in largest)
        if total > MOST_BYTES:
            raise StepError(
                f"the project has {total >> 20} MiB, and at most {MOST_BYTES >> 20} MiB can be "
                "sent to a cluster",
                remedy="keep the data on storage that all nodes see and name it by an absolute "
                "path; nothing was run",
                rows=[f"{size >> 20} MiB  {name}" for size, name in largest[:3]],
            )
        environment: dict[str, Any] = {
            "working_dir": str(project),
            "excludes": [f"**/{name}" for name in EXCLUDED] + list(EXCLUDED),
        }
        return environment | ({"pip": list(self.pip)} if self.pip else {})


def _sizes(project: Path) -> Iterator[tuple[int, str]]:
    for folder, names, files in os.walk(project):
        names[:] = [name for name in names if name not in EXCLUDED]
        for file in files:
            path = Path(folder, file)
            if file not in EXCLUDED and not path.is_symlink():
                yield path.stat().st_size, path.relative_to(project).as_posix()
