"""`onespec compile`"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import environment_option, find_spec, json_option, spec_argument

if TYPE_CHECKING:
    from ..targets.waivers import Waived


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec compile                        all targets of the spec, into build/\n"
    "  onespec compile -t ray -o build/\n"
    "  onespec compile --check                in CI: fail when the committed files are stale"
)
@spec_argument
@environment_option
@click.option(
    "-t",
    "--target",
    "names",
    metavar="TARGET",
    multiple=True,
    help="Only this target; repeatable. All targets of the spec when left out.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The folder for the targets' folders; `build` beside the spec when left out.",
)
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit with 1 if the files differ."
)
@json_option
def command(
    spec: Path,
    environment: str | None,
    names: tuple[str, ...],
    output: Path | None,
    only_check: bool,
    as_json: bool,
) -> int:
    """Write the files that each target needs to run the spec.

    A target is a platform such as Ray. Each gets a folder, with a manifest of what is in it; a
    folder is written whole or not at all, and the same spec gives the same bytes everywhere.
    """
    from ..specs.render.visible import visible
    from ..targets.waivers import waived
    from ..targets.writer import complete, differences, write
    from .targets import compiled, problems_or_raise, settings_of

    path = find_spec(spec)
    graph, plan = compiled(path, environment)
    root = output or path.parent / "build"
    chosen = names or tuple(graph.spec.targets) or ("ray",)
    bundles = []
    waivers: dict[str, tuple[Waived, ...]] = {}
    for name in chosen:
        folder = root / name
        target, settings = settings_of(graph, name, _relative(folder, path.parent))
        if name not in graph.spec.targets:  # those that are were checked with the spec
            problems_or_raise(graph, plan, target, settings)
        without = waived(plan, settings)
        reasons = {one.name: one.reason for one in without}
        files = complete(name, target.emit(plan, settings), reasons)
        bundles.append((name, folder, files))
        waivers[name] = without
    if only_check:
        return _compare([d for _, folder, files in bundles for d in differences(folder, files)])
    results = {name: (folder, write(folder, files)) for name, folder, files in bundles}
    if as_json:
        import json

        facts = {
            name: {
                "folder": str(folder),
                "changed": w.changed,
                "removed": w.removed,
                "waived": {one.name: one.reason for one in waivers[name]},
            }
            for name, (folder, w) in results.items()
        }
        click.echo(json.dumps(facts, indent=1))
        return 0
    for name, (folder, written) in results.items():
        _show(folder, written.changed, written.unchanged, written.removed)
        for one in waivers[name]:
            click.secho(f"  ! {visible(one.line)}", fg="yellow")
    return 0


def _relative(folder: Path, project: Path) -> str:
    """The bundle as seen from the project, where it lies inside; else by its name alone."""
    try:
        return folder.resolve().relative_to(project.resolve()).as_posix()
    except ValueError:
        return folder.name


def _compare(found: list[str]) -> int:
    for text in found:
        click.echo(text)
    if found:
        click.secho("the emitted files are out of date; run `onespec compile`", fg="red", err=True)
        return 1
    click.echo(f"{click.style('✓', fg='green')} the emitted files are up to date")
    return 0


def _show(
    folder: Path, changed: tuple[str, ...], unchanged: tuple[str, ...], removed: tuple[str, ...]
) -> None:
    state = f"{len(changed)} written" if changed else "up to date"
    click.echo(f"{click.style('✓', fg='green')} {folder}/  {click.style(state, dim=True)}")
    for name in sorted((*changed, *unchanged)):
        mark = click.style("+", fg="green") if name in changed else click.style("=", dim=True)
        click.echo(f"  {mark} {name}")
    for name in removed:
        click.echo(f"  {click.style('-', fg='red')} {name}")
