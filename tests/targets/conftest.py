"""The example of docs/targets.md, installed as anybody would install a target."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
EXAMPLE = REPO / "docs" / "examples" / "shell_target"


@pytest.fixture(scope="module")
def shell_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder on the path of this process in which the package lies with its entry point."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"),
            *("--no-build-isolation", "--disable-pip-version-check", "--target", folder, EXAMPLE),
        ],
        check=True,
        capture_output=True,
    )
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    sys.modules.pop("onespec_shell", None)
