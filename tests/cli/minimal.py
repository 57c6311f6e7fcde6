"""The minimal example as a project of a test, and the command line in this process."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from onespec.cli.main import cli
from onespec.runtime.trainers import probe as probe_module
from onespec.runtime.trainers.probe import Probed

MINIMAL = Path(__file__).parents[2] / "examples" / "minimal"
GATES = "      - test.roc_auc >= 0.60\n"
BESIDE_CHAMPION = "      - test.roc_auc >= champion.roc_auc - 0.05\n"


@dataclass(frozen=True)
class Done:
    """`code` is None where the command raised; `told` is what it printed, or the error."""

    code: int | None
    output: str
    told: str


def call(*arguments: str | Path) -> Done:
    result = CliRunner().invoke(
        cli, [str(a) for a in arguments], prog_name="onespec", standalone_mode=False
    )
    error = result.exception
    words = f"{error} {getattr(error, 'remedy', '')}" if error else result.output
    return Done(None if error else result.return_value, result.output, words)


def write_spec(project: Path, c: float, gates: str = GATES) -> None:
    """The spec with a strength of regularisation: another one gives another version."""
    text = (MINIMAL / "pipeline.yaml").read_text()
    made = text.replace("LogisticRegression\n", f"LogisticRegression\n      params: {{C: {c}}}\n")
    (project / "pipeline.yaml").write_text(made.replace(GATES, gates))


def run(project: Path, code: int = 0) -> Done:
    done = call("run", project, "--executor", "inline")
    assert done.code == code, done.told
    return done


@pytest.fixture(autouse=True, scope="module")
def quick_probe() -> Iterator[None]:
    """A child process is a second each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe_module, "probe", lambda *_, **__: Probed(0.001, 0.002, 1000, 0.0))
        yield


def copy_minimal(project: Path) -> None:
    """The example's own files, without what runs have made of it."""
    ignored = shutil.ignore_patterns(".onespec", "build")
    shutil.copytree(MINIMAL, project, dirs_exist_ok=True, ignore=ignored)
