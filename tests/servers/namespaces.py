"""A script in network and process namespaces of its own: Ray's ports are nobody else's there, and
all its processes end with it."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

needs_namespaces = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"),
    reason="needs namespaces: root, unshare and ip",
)

_UNSHARE = ("unshare", "-u", "-n", "-p", "-f", "--mount-proc", "--kill-child", "bash", "-c")
# A host of this name is found without asking anybody.
_BEGIN = 'ip link set lo up && hostname localhost && exec "$0" "$@"'


def in_namespaces(script: Path, *words: str | Path, seconds: float = 280) -> str:
    """What the script printed; it must end well. Its first argument is an empty folder with a short
    name, because Ray's sockets lie in it."""
    # What an earlier test has told Ray must not steer this one.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    env = {
        **kept,
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp") as folder:
        done = subprocess.run(
            [*_UNSHARE, _BEGIN, sys.executable, script, folder, *words],
            env=env,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout
