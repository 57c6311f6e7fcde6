"""`onespec check`"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from .memory import files_of, hash_of, recall, remember
from .options import environment_option, find_spec, findings_option, spec_argument

if TYPE_CHECKING:
    from ..specs.diagnostic import Diagnostic


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec check                          the spec in this folder\n"
    "  onespec check specs/churn.yaml -e prod\n"
    "  onespec check --assumptions            what freedom from leakage stands on\n"
    "  onespec check --format github          annotations in a pull request"
)
@spec_argument
@environment_option
@findings_option("For people, for scripts, for code scanning, or as annotations of a GitHub job.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings, too.")
@click.option(
    "--assumptions",
    is_flag=True,
    help="Print what each model's freedom from leakage stands on, and who says it.",
)
def command(spec: Path, environment: str | None, form: str, strict: bool, assumptions: bool) -> int:
    """Find everything that is wrong with a spec, before anything runs.

    Reads the spec and onespec.lock, never the data. Exits with 1 when there are errors.
    """
    if assumptions and form != "human":
        raise click.UsageError("`--assumptions` prints for people; leave `--format` out.")
    path = find_spec(spec)
    summary, diagnostics = _remembered(path, environment) or _checked(path, environment)
    failed = [d for d in diagnostics if strict or d.severity == "error"]
    if diagnostics or form != "human":
        from .findings import show_findings

        show_findings(diagnostics, form)
    if form == "human" and not failed:
        click.echo(f"{click.style('✓', fg='green')} {path} is fine: {summary}")
        if assumptions:
            from .assumptions import show_assumptions

            show_assumptions(path, environment)
    return 1 if failed else 0


Outcome: TypeAlias = tuple[str, "tuple[Diagnostic, ...]"]
"""A summary of what was checked, and what was found."""


def _question(path: Path, environment: str | None) -> dict[str, str | None]:
    return {"command": "check", "spec": str(path), "environment": environment}


def _remembered(path: Path, environment: str | None) -> Outcome | None:
    """What was found before, if none of the files has changed since."""
    answer = recall(_question(path, environment))
    if answer is None:
        return None
    if not answer["diagnostics"]:
        return answer["summary"], ()
    from ..specs.diagnostic import diagnostic_of

    return answer["summary"], tuple(diagnostic_of(data) for data in answer["diagnostics"])


def _checked(path: Path, environment: str | None) -> Outcome:
    from ..compiler.lock import lock_path
    from ..specs.diagnostic import SpecError
    from ..targets import TARGETS
    from .targets import check_all

    lock = lock_path(path)
    lock_hash = hash_of(lock)
    try:
        checked = check_all(path, environment)
    except SpecError as error:
        return "", error.diagnostics
    summary = _summary(checked.graph)
    if set(checked.graph.spec.targets) <= set(TARGETS):
        files = files_of(checked.graph.document, lock, lock_hash)
        found = [asdict(diagnostic) for diagnostic in checked.diagnostics]
        remember(_question(path, environment), files, {"summary": summary, "diagnostics": found})
    return summary, checked.diagnostics


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
