"""The main job from end to end: check, compile, run on Ray, serve, predict, monitor."""

import os
import re
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).parent
ONESPEC = str(Path(sysconfig.get_path("scripts")) / "onespec")
FLIGHT = (
    "origin=JFK",
    "carrier=B6",
    "tailnum=N504JB",
    "distance=1089",
    "scheduled_departure=2013-12-31T00:30:00Z",
)
BOLD, DIM, OFF = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")


def main() -> None:
    """Run every stage; the first that fails ends the demo with its exit code."""
    began = time.monotonic()
    if not (FOLDER / "data" / "flights.parquet").exists():
        stage("prepare the data: every flight out of New York in 2013, and the weather")
        run(sys.executable, "prepare.py")
    stage("check", "onespec check")
    run(ONESPEC, "check")
    stage("compile for Ray", "onespec compile -t ray")
    run(ONESPEC, "compile", "-t", "ray")
    stage("run on a Ray of this machine", "onespec run")
    run(ONESPEC, "run")
    stage("serve, and ask for one prediction by entity key", f"onespec predict {' '.join(FLIGHT)}")
    with served() as url:
        print(f"  {DIM}serving on {url}{OFF}", flush=True)
        run(ONESPEC, "predict", "--explain", "--url", url, *FLIGHT)
    stage("compare December with the training data", "onespec monitor run december")
    run(ONESPEC, "monitor", "run", "december")
    print(f"{BOLD}done in {time.monotonic() - began:.0f} s{OFF}; what to type next:\n")
    print(f"  cd {os.path.relpath(FOLDER)}")
    print(f"  alias onespec={os.path.relpath(ONESPEC, FOLDER)}")
    print("  onespec graph                what depends on what")
    print("  onespec serve                the endpoint on Ray Serve, with its page at /docs")
    print("  onespec models show late_arrival")
    print("  $EDITOR pipeline.yaml        change a line, then:")
    print("  onespec plan                 what a run would do, and why")


def stage(title: str, command: str = "") -> None:
    """Say what comes."""
    print(f"\n{BOLD}▸ {title}{OFF}" + (f"  {DIM}{command}{OFF}" if command else ""), flush=True)


def run(*command: str) -> None:
    """A command in the example's folder, its output shown as it comes."""
    done = subprocess.run(command, cwd=FOLDER, check=False)
    if done.returncode:
        sys.exit(done.returncode)


@contextmanager
def served() -> Iterator[str]:
    """The endpoint in a process of its own; yields its address once it answers."""
    command = [ONESPEC, "serve", "--host", "process", "--port", "0"]
    server = subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        for line in server.stdout:
            found = re.search(r"http://\S+", line)
            if found:
                yield found[0]
                break
        else:
            sys.exit(server.wait() or 1)
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
