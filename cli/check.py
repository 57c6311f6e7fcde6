"""`onespec check`"""

from pathlib import Path

import click

from .findings import FORMATS, show_findings
from .options import environment_option, find_spec, spec_argument


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec check                          the spec in this folder\n"
    "  onespec check specs/churn.yaml -e prod\n"
    "  onespec check --format github          annotations in a pull request"
)
@spec_argument
@environment_option
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="human",
    show_default=True,
    help="For people, for scripts, for code scanning, or as annotations of a GitHub job.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings, too.")
def command(spec: Path, environment: str | None, form: str, strict: bool) -> int:
    """Find everything that is wrong with a spec, before anything runs.

    Reads the spec and onespec.lock, never the data. Exits with 1 when there are errors.
    """
    from ..specs.diagnostic import SpecError
    from .targets import check_all

    path = find_spec(spec)
    try:
        checked = check_all(path, environment)
        diagnostics = checked.diagnostics
    except SpecError as error:
        diagnostics = error.diagnostics
    failed = [d for d in diagnostics if strict or d.severity == "error"]
    if diagnostics or form != "human":
        show_findings(diagnostics, form)
    if form == "human" and not failed:
        click.echo(f"{click.style('✓', fg='green')} {path} is fine: {_summary(checked.graph)}")
    return 1 if failed else 0


def _summary(graph: object) -> str:
    counts = []
    for name, one, many in (
        ("sources", "source", "sources"),
        ("views", "feature view", "feature views"),
        ("models", "model", "models"),
        ("deployments", "deployment", "deployments"),
        ("monitors", "monitor", "monitors"),
    ):
        found = len(getattr(graph, name))
        if found:
            counts.append(f"{found} {one if found == 1 else many}")
    return ", ".join(counts)
