"""`onespec lock`"""

import shutil
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from .options import environment_option, find_spec, findings_option, spec_argument

if TYPE_CHECKING:
    from ..compiler.lock import Lock
    from ..compiler.lock_report import LockReport
    from ..specs.diagnostic import Diagnostic


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec lock            after a source was added, or has changed its columns\n"
    "  onespec lock --check    in CI, where the data is: fail when a schema has changed\n"
    "  onespec lock --check --format github"
)
@spec_argument
@environment_option
@click.option(
    "--check",
    "only_check",
    is_flag=True,
    help="Write nothing; say what changed and what reads it, and exit with 1 on a difference.",
)
@findings_option(
    "Of `--check`: for people, for scripts, for code scanning, or as GitHub annotations."
)
def command(spec: Path, environment: str | None, only_check: bool, form: str) -> int:
    """Record the schema of every source (its columns and their types) in onespec.lock.

    Commit the file: with it, `check` and `compile` need no data. A source that cannot be read keeps
    its entry, and the command exits with 1; the others are recorded all the same.
    """
    from ..compiler.compile import load
    from ..compiler.lock import Lock, load_lock, lock_path
    from ..compiler.lock_report import LockReport
    from ..compiler.needed import needed
    from .lock_sources import read_schemas

    if form != "human" and not only_check:
        raise click.UsageError("`--format` is for `--check`.")
    path = find_spec(spec)
    document, parsed = load(path, environment)
    target = lock_path(path)
    locked = load_lock(target) if only_check else _lock_before(target)
    sources = needed(document, parsed).sources
    found, unread = read_schemas(document, sources, path.parent, locked)
    before = locked or Lock(target.name, {})
    report = LockReport(document, parsed, before, found, frozenset(unread), environment)
    if only_check:
        findings = [*unread.values(), *report.diagnostics()]
        return _check(target, report, findings, list(document.texts), form)
    _record(target, locked, report, unread)
    return 1 if unread else 0


def _lock_before(target: Path) -> "Lock | None":
    """The lock that is there; None when there is none, or none that can be used."""
    from ..compiler.lock import load_lock
    from ..specs.diagnostic import SpecError

    try:
        return load_lock(target)
    except SpecError as error:
        if target.exists():
            first = error.diagnostics[0]
            click.echo(f"  {first.message}: it is written anew", err=True)
        return None


def _check(
    target: Path,
    report: "LockReport",
    findings: "list[Diagnostic]",
    files: list[str],
    form: str,
) -> int:
    from ..specs.diagnostic import in_file_order
    from .findings import show_findings

    if findings or form != "human":
        show_findings(in_file_order(findings, files), form)
    if form == "human":
        if report.changes:
            told = f"{target} is out of date: if that is meant, run `onespec lock` and commit it"
            click.secho(told, fg="red", err=True)
        elif not findings:
            click.echo(f"{click.style('✓', fg='green')} {target} is up to date")
    return 1 if findings else 0


def _record(
    target: Path, locked: "Lock | None", report: "LockReport", unread: "dict[str, Diagnostic]"
) -> None:
    """Write the lock where something changed, and tell what, and what reads it."""
    from ..compiler.lock import lock_text
    from ..runtime.monitoring.wording import count
    from ..runtime.stores.atomic import replace_text
    from ..specs.diagnostic import in_file_order
    from .findings import show_findings

    schemas = report.recorded(frozenset(unread))
    if schemas and (locked is None or report.changes):
        replace_text(target, lock_text(schemas))
    _tell(report)
    if unread:
        show_findings(in_file_order(unread.values()), "human")
    columns = sum(len(schema) for schema in schemas.values())
    told = f"{count(len(schemas), 'source')}, {count(columns, 'column')}"
    if unread:
        mark = click.style("✗", fg="red")
        told += f"; {count(len(unread), 'source')} could not be read"
    else:
        mark = click.style("✓", fg="green")
        told += "" if report.changes else ", nothing has changed"
    click.echo(f"{mark} {target}: {told}", err=bool(unread))


_COLORS = {"+": "green", "-": "red", "~": "yellow"}


def _tell(report: "LockReport") -> None:
    from ..specs.render.visible import visible

    touched = False
    width = min(shutil.get_terminal_size().columns, 100)
    for change in report.changes:
        line = str(change)
        click.echo(f"  {click.style(line[0], fg=_COLORS[line[0]])}{line[1:]}")
        for told in report.told(change):
            text = visible(told)
            lines = wrap(text, width, initial_indent=" " * 6, subsequent_indent=" " * 8)
            click.secho("\n".join(lines), dim=True)
            touched = True
    if touched:
        click.echo("  `onespec check` says what that means for the spec")
