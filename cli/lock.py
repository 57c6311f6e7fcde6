"""`onespec lock`"""

from pathlib import Path

import click

from .options import environment_option, find_spec, spec_argument


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec lock            after a source was added, or has changed its columns\n"
    "  onespec lock --check    in CI, where the data is: fail when a schema has changed"
)
@spec_argument
@environment_option
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit with 1 on a difference."
)
def command(spec: Path, environment: str | None, only_check: bool) -> int:
    """Record the schema of every source (its columns and their types) in onespec.lock.

    Commit the file: with it, `check` and `compile` need no data.
    """
    from ..compiler.compile import load
    from ..compiler.lock import compare, load_lock, lock_path, lock_text
    from ..compiler.needed import needed
    from ..runtime.monitoring.wording import count
    from ..runtime.sources import lock_schema

    path = find_spec(spec)
    parsed = needed(*load(path, environment))
    found = {
        name: lock_schema(name, source.path, source.format, path.parent)
        for name, source in parsed.sources.items()
    }
    target = lock_path(path)
    mark = click.style("✓", fg="green")
    before = load_lock(target).sources if target.is_file() else {}
    changes = compare(before, found)
    if only_check:
        for change in changes:
            click.echo(change)
        if changes:
            click.secho(f"{target} is out of date; run `onespec lock`", fg="red", err=True)
            return 1
        click.echo(f"{mark} {target} is up to date")
        return 0
    if changes or not target.is_file():
        target.write_text(lock_text(found), encoding="utf-8")
    for change in changes:
        click.echo(f"  {change}")
    columns = sum(len(schema) for schema in found.values())
    click.echo(
        f"{mark} {target}: {count(len(found), 'source')}, {count(columns, 'column')}"
        f"{'' if changes else ', nothing has changed'}"
    )
    return 0
