"""`onespec plan`"""

from pathlib import Path

import click

from .options import (
    SELECTING,
    as_of_option,
    environment_option,
    find_spec,
    json_option,
    project_option,
    select_options,
    spec_argument,
    state_option,
)

_EXAMPLES = (
    "\b\nExamples:\n"
    "  onespec plan\n"
    "  onespec plan --select train.late_arrival+   this step and all that follow\n"
    "  onespec plan --select state:changed+        what the last edit calls for\n"
    "  onespec plan --as-of 2026-01-31T00:00Z      what a run for that instant would do\n"
    "  onespec plan --json | jq '.steps[] | select(.status == \"runs\")'\n"
)


@click.command(epilog=_EXAMPLES + SELECTING)
@spec_argument
@environment_option
@select_options
@project_option
@state_option
@as_of_option
@click.option(
    "--exit-code", is_flag=True, help="Exit with 5 when all is cached, so that nothing would run."
)
@json_option
def command(
    spec: Path,
    environment: str | None,
    patterns: tuple[str, ...],
    exclude: tuple[str, ...],
    against: str | None,
    project: Path | None,
    state: Path | None,
    as_of: int | None,
    exit_code: bool,
    as_json: bool,
) -> int:
    """Show what a run would do, why, and what it will take.

    A step is cached, or it runs, and the reason is told: the parameter, the data, the code or the
    champion that is another one. `unknown` is a step that depends on what another one will find.
    Nothing is run, no data is read, and nothing is written but notes on the hashes of files.

    Rows, sizes, memory and times are learnt from earlier runs, in proportion to what a step reads;
    `–` is what no run has told yet. Memory is by how much the process grew.
    """
    from ..compiler.interfaces.exit_codes import ALL_CACHED
    from ..runtime.foresee import foresee
    from ..runtime.open import place_of
    from .plans import load_with_places
    from .selection import selected

    loaded = load_with_places(find_spec(spec), environment, project)
    place = place_of(loaded.plan, loaded.folder, state, as_of)
    chosen = selected(loaded.plan, place, patterns, exclude, against)
    with place.glance(loaded.plan) as here:
        outlook = foresee(loaded.plan, here, chosen, loaded.spec_place)
    if as_json:
        from .outlook_json import outlook_json

        click.echo(outlook_json(loaded.plan, outlook))
    else:
        from .outlook_table import show_outlook

        show_outlook(loaded.plan, outlook)
    cached = all(told.status == "cached" for told in outlook.predictions)
    return ALL_CACHED if exit_code and cached else 0
