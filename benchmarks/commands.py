"""Whole commands on the flights example, against the floor of what they have to import.

Run `python benchmarks/commands.py` after `make demo`. Commands are interleaved, medians reported;
`--cold` also times the demo from nothing and again.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path

REPO = Path(__file__).parent.parent
FLIGHTS = REPO / "examples" / "flights"
ONESPEC = str(Path(sysconfig.get_path("scripts")) / "onespec")
FLOOR = "import yaml, click, pydantic.BaseModel"
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def measure(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Seconds on the wall, and of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, used


def commands(scratch: Path) -> dict[str, list[str]]:
    """What is timed, and first the floors: a bare interpreter, and the imports of `check`."""
    python = sys.executable
    forget = ["env", "ONESPEC_CACHE=off"]
    return {
        "python -c pass": [python, "-c", "pass"],
        FLOOR: [python, "-c", "import yaml, click; from pydantic import BaseModel"],
        "onespec --help": [ONESPEC, "--help"],
        "onespec check": [*forget, ONESPEC, "check"],
        "onespec check, unchanged": [ONESPEC, "check"],
        "onespec compile": [
            "env",
            "ONESPEC_CACHE=off",
            ONESPEC,
            "compile",
            "-t",
            "ray",
            "-o",
            str(scratch),
        ],
        "onespec plan": [ONESPEC, "plan"],
        "onespec run, all cached": [ONESPEC, "run"],
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cold", action="store_true", help="also time the demo from nothing")
    options = parser.parse_args()
    if options.cold:
        _demo()
    with tempfile.TemporaryDirectory() as scratch:
        _table(commands(Path(scratch)), options.rounds)
    _size()


def _table(timed: dict[str, list[str]], rounds: int) -> None:
    for command in timed.values():
        measure(command, FLIGHTS)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in timed}
    for _ in range(rounds):
        for name, command in timed.items():
            found[name].append(measure(command, FLIGHTS))
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)]
        for name, rows in found.items()
    }
    floor = medians[FLOOR][0]
    print(f"{'':40} {'wall s':>8} {'cpu s':>8} {'/ imports':>10}")
    for name, (wall, cpu) in medians.items():
        print(f"{name:40} {wall:8.3f} {cpu:8.3f} {wall / floor:10.2f}")


def _demo() -> None:
    """The demo without a state, then with everything cached."""
    for name in (".onespec", "build"):
        shutil.rmtree(FLIGHTS / name, ignore_errors=True)
    for title in ("demo, cold", "demo, all cached"):
        wall, cpu = measure([sys.executable, "demo.py"], FLIGHTS)
        print(f"{title:40} {wall:8.1f} {cpu:8.1f}")
    print()


def _size() -> None:
    site = Path(sysconfig.get_path("purelib"))
    size = sum(p.stat().st_size for p in site.rglob("*") if p.is_file()) / 2**20
    print(f"\nthis environment: {len(list(distributions()))} packages, {size:,.0f} MiB")


if __name__ == "__main__":
    main()
