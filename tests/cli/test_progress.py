"""A run as a person sees it go: a board on a terminal, lines elsewhere."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from onespec.cli.progress import Progress
from onespec.compiler.plan import Plan
from onespec.runtime.errors import StepError
from onespec.runtime.events import RunStarted, StepFinished, StepStarted
from onespec.runtime.monitoring.summary import summary_lines

MINIMAL = Path(__file__).parents[2] / "examples" / "minimal"
PLAN = Plan("p", "pipeline.yaml", (), ())


def test_elsewhere_every_step_that_ran_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(PLAN) as progress:
        progress.on_event(RunStarted("r", "p", ("a", "b", "c")))
        progress.on_event(StepFinished("a", "cached"))
        progress.on_event(StepStarted("b", "key", "first time"))
        progress.on_event(StepFinished("b", "done", 1.5, "key", {"rows": 12345}))
        progress.on_event(StepFinished("c", "failed", 0.1, error=StepError("no such column")))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "12,345 rows" in lines[0]
    assert "no such column" in lines[1]


def test_a_quiet_run_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(PLAN, quiet=True) as progress:
        progress.on_event(RunStarted("r", "p", ("a",)))
        progress.on_event(StepFinished("a", "done"))
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
def test_on_a_terminal_there_is_a_board(tmp_path: Path) -> None:
    """The whole command in a pseudo-terminal: the board counts the steps, colours are on."""
    shutil.copytree(MINIMAL, tmp_path, dirs_exist_ok=True)
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "onespec", "run", "--executor", "inline", "-s", "check.*"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            part = os.read(controller, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert process.wait() == 0
    text = shown.decode()
    assert "2/2 steps" in text
    assert "check.orders" in text
    assert "\x1b[" in text


def test_one_of_a_kind_is_said_in_the_singular(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(PLAN) as progress:
        progress.on_event(StepFinished("a", "done", 1.5, "key", {"rows": 1}))
    assert "1 row\n" in capsys.readouterr().err
    report = {
        "state": "ok",
        "verdict": "fine",
        "monitor": "health",
        "deployment": "api",
        "rows": 1,
        "window": {"start": 0, "end": 1},
        "checks": [],
        "drift": None,
        "retrain": None,
        "retrain_reason": "nothing has moved",
    }
    assert any("1 prediction," in line for _, line in summary_lines(report))
