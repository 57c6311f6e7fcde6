"""The house: floors, packaging and the bans that no linter knows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parent.parent
HEAVY = (
    *("ray", "torch", "sklearn", "mlflow", "pandas", "onnxruntime", "duckdb", "pyarrow", "numpy"),
    "sqlglot",
)


def _modules_after(*arguments: str) -> set[str]:
    code = (
        "import sys, json, atexit\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        f"sys.argv = ['onespec', *{list(arguments)!r}]\n"
        "from onespec.cli.main import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=REPO
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["check", "examples/flights"],
        ["compile", "examples/flights", "-o", "{tmp}"],
        ["lineage", "api.score", "--spec", "examples/flights"],
        ["diff", "examples/flights", "examples/flights"],
    ],
    ids=lambda c: c[0],
)
def test_the_compiler_imports_nothing_heavy(command: list[str], tmp_path: Path) -> None:
    loaded = _modules_after(*(part.replace("{tmp}", str(tmp_path)) for part in command))
    assert not loaded & set(HEAVY)


def test_help_imports_no_part_of_the_compiler() -> None:
    assert not {m for m in _modules_after("--help") if m.startswith("onespec.compiler")}


def test_check_does_without_networkx() -> None:
    """It takes longer to import than the whole check takes."""
    assert "networkx" not in _modules_after("check", "examples/flights")


def test_the_editable_package_links_every_root_entry() -> None:
    links = [p for p in (REPO / ".pkg" / "onespec").iterdir() if p.name != "__pycache__"]
    packages = {p.parent.name for p in REPO.glob("*/__init__.py")}
    assert {p.name for p in links} == packages | {"__init__.py", "__main__.py", "py.typed"}
    for link in links:
        assert link.is_symlink()
        assert link.resolve() == REPO / link.name
