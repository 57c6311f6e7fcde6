"""The wheel: built from the files of the repository, installed alone, used from elsewhere."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from onespec.cli.init import EXAMPLES

from .project import REPO, Project, environment

pytestmark = pytest.mark.slow

MOST_PACKAGES = 21  # with onespec itself
NOT_COUNTED = {"pip", "setuptools"}
PARTS = ("specs", "schemas", "compiler", "targets", "runtime", "cli", "examples")


def call(*command: str, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git knows of, or would take: as after a clone, with no build and no data in it."""
    folder = tmp_path_factory.mktemp("sources") / "onespec"
    words = ("ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in call("git", *words, cwd=REPO).split("\0"):
        path = REPO / name
        if name and path.exists() and not name.startswith(("tests/", "benchmarks/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / name, follow_symlinks=False)
    return folder


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), ".")
    call(*build, cwd=sources)
    (path,) = out.iterdir()
    return path


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of a fresh environment with the wheel and its core dependencies alone."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    call(sys.executable, "-m", "venv", "--without-pip", str(folder), cwd=folder.parent)
    made = str(folder / "bin" / "python")
    install = ("-m", "pip", "--python", made, "install", "--quiet", "--no-input", str(wheel))
    call(sys.executable, *install, cwd=folder.parent)
    return made


@pytest.fixture
def minimal(python: str, tmp_path: Path) -> Project:
    """The minimal example far from any repository, with the installed command."""
    shutil.copytree(REPO / "examples/minimal", tmp_path / "shop", ignore=_not_data)
    return Project(tmp_path / "shop", python)


def _not_data(folder: str, names: list[str]) -> list[str]:
    """The compiler needs no data: the lock file tells it what it has to know."""
    return [name for name in names if name in ("data", ".onespec", "build")]


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path, sources: Path) -> None:
    checked = call(
        str(Path(sys.executable).parent / "check-wheel-contents"), str(wheel), cwd=sources
    )
    assert "OK" in checked
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    own = {name for name in inside if name.startswith("onespec/")}
    info = {name.partition("/")[0] for name in inside - own}
    assert len(info) == 1
    assert info.pop().endswith(".dist-info")
    expected = {
        f"onespec/{path.relative_to(sources).as_posix()}"
        for part in PARTS
        for path in (sources / part).rglob("*")
        if path.is_file()
    }
    expected |= {f"onespec/{name}" for name in ("__init__.py", "__main__.py", "py.typed")}
    assert own == expected
    # Of every kind of package data there is some.
    for name in (
        "onespec/schemas/onespec.schema.json",
        "onespec/examples/minimal/data/orders.csv",
        "onespec/examples/flights/pipeline.yaml",
    ):
        assert name in own
    assert any(name.endswith(".j2") for name in own)


def test_the_core_is_few_packages_and_none_of_them_is_heavy(python: str) -> None:
    words = ("-m", "pip", "--python", python, "list", "--format", "json")
    listed = json.loads(call(sys.executable, *words, cwd=Path(python).parent))
    names = {row["name"].lower() for row in listed} - NOT_COUNTED
    assert "onespec" in names
    assert len(names) <= MOST_PACKAGES, sorted(names)
    heavy = {"numpy", "pandas", "pyarrow", "duckdb", "ray", "scikit-learn", "sqlalchemy", "mlflow"}
    assert not names & heavy


def test_the_installed_compiler_checks_and_compiles(minimal: Project) -> None:
    where = call(
        minimal.python, "-c", "import onespec; print(onespec.__file__)", cwd=minimal.folder
    )
    assert "site-packages" in where  # the control: this is not the repository
    assert "onespec init" in minimal.call("--help").out
    assert "is fine" in minimal.call("check").out
    minimal.call("compile", "-t", "ray", "-o", "out")
    mine: Any = json.loads((minimal.folder / "out/ray/plan.json").read_text("utf-8"))
    here = Project(minimal.folder)
    here.call("compile", "-t", "ray", "-o", "here")
    assert mine == json.loads((minimal.folder / "here/ray/plan.json").read_text("utf-8"))
    assert "dep_dealy" in minimal.call("explain", "E204").out
    json.loads(minimal.call("schema").out)
    minimal.change(("avg(amount)", "avg(amuont)"))
    assert "error[E204]" in minimal.call("check", code=1).err


def test_the_installed_command_starts_projects(python: str, tmp_path: Path) -> None:
    empty = Project(tmp_path, python)
    for example in sorted(path.parent.name for path in EXAMPLES.glob("*/pipeline.yaml")):
        empty.call("init", "--example", example, example)
        assert "is fine" in empty.call("check", example).out
    assert (tmp_path / "minimal/data/orders.csv").is_file()


def test_what_needs_an_extra_says_which_one(minimal: Project) -> None:
    done = minimal.call("run", code=2)
    assert 'pip install "onespec[' in done.err
    assert "to run, 0 cached" in minimal.call("plan").out
    assert 'pip install "onespec[' in minimal.call("serve", code=2).err
    assert 'pip install "onespec[' in minimal.call("models", "list", code=2).err
