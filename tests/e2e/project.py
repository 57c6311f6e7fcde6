"""A project of a user: its folder, its spec, and the command line as a process of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onespec.compiler.compile import check
from onespec.compiler.plan import Plan
from onespec.compiler.schedule import schedule
from onespec.runtime.open import place_of
from onespec.runtime.value import Value
from onespec.runtime.workspace import Workspace

REPO = Path(__file__).parents[2]
EXAMPLES = REPO / "examples"
SECONDS = 280.0
_MADE = ("data", ".onespec", "build", "__pycache__")


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Project:
    """A folder with a spec. Every command is a process that ends with the call, or by `ended`."""

    folder: Path
    python: str = sys.executable

    @property
    def spec(self) -> Path:
        return self.folder / "pipeline.yaml"

    @property
    def state(self) -> Path:
        return self.folder / ".onespec"

    # --- the spec ---

    def change(self, *edits: tuple[str, str]) -> None:
        """Replace texts of the spec, each of which must be there exactly once."""
        text = self.spec.read_text("utf-8")
        for old, new in edits:
            assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in the spec"
            text = text.replace(old, new)
        self.spec.write_text(text, "utf-8")

    def copy(self, folder: Path) -> "Project":
        """The whole project, state included."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder, self.python)

    def plan(self) -> Plan:
        checked = check(self.spec)
        assert not checked.errors, checked.diagnostics
        return schedule(checked.graph, self.spec.name)

    # --- commands ---

    def call(
        self,
        *words: str,
        code: int | None = 0,
        env: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
    ) -> Done:
        """`onespec …` in the folder; it must exit with `code`."""
        with started(self._command(words), self.folder, env) as process:
            out, err = process.communicate(timeout=seconds)
        done = Done(process.returncode, out, err)
        assert "Traceback" not in err, err
        assert code is None or done.code == code, f"exit code {done.code}\n{out}\n{err}"
        return done

    def run(
        self, *words: str, code: int = 0, env: Mapping[str, str] | None = None, ray: bool = False
    ) -> dict[str, Any]:
        """`onespec run --json`: step id -> state, key, facts."""
        executor = () if ray else ("--executor", "inline")
        told = self.call("run", "--json", *executor, *words, code=code, env=env).json()
        assert set(told) == {"run", "state", "seconds", "steps"}
        steps: dict[str, Any] = told["steps"]
        return steps

    def begin(self, *words: str) -> "Running":
        """The same command, not waited for; to be used in a `with`."""
        return Running(self._command(words), self.folder)

    def _command(self, words: tuple[str, ...]) -> list[str]:
        return [self.python, "-m", "onespec", *words]

    # --- what it has left behind ---

    @contextmanager
    def workspace(self, state: Path | None = None) -> Iterator[Workspace]:
        plan = self.plan()
        with place_of(plan, self.folder, state).open(plan) as workspace:
            yield workspace

    def states(self) -> dict[str, str]:
        """The steps of the newest run, from the ledger; "" is the run itself."""
        with self.workspace() as workspace:
            newest = workspace.ledger.runs(1)[0]
            steps = workspace.ledger.run_steps(newest.run_id)
            return {"": newest.state, **{s.step_id: s.state for s in steps}}

    def champion(self, model: str) -> int | None:
        with self.workspace() as workspace:
            version = workspace.ledger.version(model, "champion")
            return version.version if version else None

    def values(self, keys: Mapping[str, str]) -> dict[str, Value]:
        """The published value of each step, by its key, verified."""
        found = {}
        with self.workspace() as workspace:
            for step_id, key in keys.items():
                value = workspace.store.find(key)
                assert value is not None, f"{step_id} is not in the store"
                for blob in value.files.values():
                    workspace.store.fetch(blob)
                found[step_id] = value
        return found


def of_state(steps: Mapping[str, Any], *states: str) -> set[str]:
    """The steps of a run that ended in one of `states`."""
    return {step_id for step_id, step in steps.items() if step["state"] in states}


def keys_of(steps: Mapping[str, Any]) -> dict[str, str]:
    return {step_id: step["key"] for step_id, step in steps.items()}


class Running:
    """A command at work, in a process group of its own; whatever happens, it is gone at the end."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._context = started(command, folder)
        self.lines: list[str] = []

    def __enter__(self) -> "Running":
        self.process = self._context.__enter__()
        assert self.process.stdout is not None
        # Read on the side: a full pipe must not stop the command.
        self._out: list[str] = []
        stdout = self.process.stdout
        self._reader = threading.Thread(target=lambda: self._out.extend(stdout), daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._context.__exit__(*raised)
        self._reader.join(timeout=10)

    def finished(self) -> Iterator[str]:
        """The steps that are told on standard error as done, as they are told."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if line.startswith("✓ "):
                yield line.split()[1]

    def told(self, text: str, seconds: float = SECONDS) -> str:
        """The first line of standard output with `text` in it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            for line in list(self._out):
                if text in line:
                    return line
            if ended:
                break
            time.sleep(0.05)
        assert self.process.stderr is not None
        self.kill()
        raise AssertionError(f"{text!r} was never told: {self._out}\n{self.process.stderr.read()}")

    def kill(self) -> None:
        """SIGKILL to the whole process group, at once."""
        end_group(self.process.pid)
        self.process.wait(timeout=30)

    def stop(self, number: signal.Signals) -> tuple[int, str]:
        """A signal to the command alone, as a scheduler sends it; its exit code and last words."""
        self.process.send_signal(number)
        assert self.process.stderr is not None
        rest = self.process.stderr.read()
        return self.process.wait(timeout=SECONDS), rest


@contextmanager
def started(
    command: list[str], folder: Path, env: Mapping[str, str] | None = None
) -> "Iterator[subprocess.Popen[str]]":
    """A process that leads a group of its own, all of which is ended with the context."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment() | dict(env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        yield process
    finally:
        # A group outlives its leader as long as it has members.
        end_group(process.pid)
        process.wait(timeout=30)
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def end_group(group: int) -> None:
    """SIGKILL to what is left of a process group that a test has started."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def environment() -> dict[str, str]:
    """This process's, without what would steer a command elsewhere."""
    dropped = ("ONESPEC_", "PYTEST_", "COV_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "RAY_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept | {"RAY_USAGE_STATS_ENABLED": "0", "COLUMNS": "200", "PYTHONUTF8": "1"}


def copy_of_example(name: str, folder: Path) -> Project:
    """An example's own files, without data and without what runs have made of it."""
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns(*_MADE))
    return Project(folder)
