"""`onespec compile`"""

import json
from pathlib import Path
from typing import Any

import click

from .bundles import Bundle, Compiled
from .memory import files_of, hash_of, recall, remember
from .options import environment_option, find_spec, json_option, spec_argument


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
    help="The folder for the targets' folders; when left out, `build` beside the spec, or where "
    "a platform looks for its files, such as .github/workflows.",
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
    folder is written whole or not at all, and the same spec gives the same bytes everywhere. That
    of Kubernetes holds an overlay for each environment, unless `-e` names one.
    """
    path = find_spec(spec)
    question = {
        "command": "compile",
        "spec": str(path),
        "environment": environment,
        "targets": names,
        "output": str(output) if output is not None else None,
    }
    bundles = _remembered(question)
    if bundles is None:
        compiled = _compiled(path, environment, names, output, question)
        if only_check:
            return _compare([line for one in compiled for line in one.differences()])
        bundles = [one.write() for one in compiled]
    elif only_check:
        return _compare([])
    if as_json:
        click.echo(json.dumps({one.target: one.facts() for one in bundles}, indent=1))
        return 0
    for one in bundles:
        _show(one)
    return 0


def _remembered(question: dict[str, Any]) -> list[Bundle] | None:
    """What the same command wrote before, if neither the spec nor one of its files has changed."""
    answer = recall(question)
    if answer is None:
        return None
    bundles = [Bundle.of(data) for data in answer["bundles"]]
    return bundles if all(one.holds() for one in bundles) else None


def _compiled(
    path: Path,
    environment: str | None,
    names: tuple[str, ...],
    output: Path | None,
    question: dict[str, Any],
) -> list[Compiled]:
    """The bundles that the spec compiles to. Raises SpecError."""
    from ..compiler.lock import lock_path
    from ..targets import TARGETS
    from ..targets.target import Housed, Layered
    from ..targets.waivers import waived
    from ..targets.writer import MANIFEST, complete
    from .targets import compiled, problems_or_raise, settings_of
    from .variants import environments_of, variants

    lock = lock_path(path)
    lock_hash = hash_of(lock)
    graph, plan = compiled(path, environment)
    environments = environments_of(path)
    found = []
    for name in names or tuple(graph.spec.targets) or ("ray",):
        folder = (output or path.parent / "build") / name
        target, settings = settings_of(graph, name, _relative(folder, path.parent))
        manifest = MANIFEST
        if output is None and isinstance(target, Housed):
            home = target.home(plan, settings)
            folder, manifest = path.parent / home.folder, home.manifest
        if name not in graph.spec.targets:  # those that are were checked with the spec
            problems_or_raise(graph, plan, target, settings)
        without = waived(plan, settings)
        reasons = {one.name: one.reason for one in without}
        texts = [*target.emit(plan, settings)]
        if isinstance(target, Layered):
            layers = tuple(variants(graph, target, settings, environments))
            texts += target.overlays(plan, settings, layers)
        files = complete(name, texts, reasons, manifest)
        lines = tuple(one.line for one in without)
        found.append(Compiled(Bundle(name, str(folder), reasons, lines), folder, files))
    if {one.bundle.target for one in found} | set(graph.spec.targets) <= set(TARGETS):
        answer = {"bundles": [one.remembered() for one in found]}
        remember(question, files_of(graph.document, lock, lock_hash), answer)
    return found


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


def _show(bundle: Bundle) -> None:
    from ..specs.render.visible import visible

    state = f"{len(bundle.changed)} written" if bundle.changed else "up to date"
    click.echo(f"{click.style('✓', fg='green')} {bundle.folder}/  {click.style(state, dim=True)}")
    for name in sorted((*bundle.changed, *bundle.unchanged)):
        mark = (
            click.style("+", fg="green") if name in bundle.changed else click.style("=", dim=True)
        )
        click.echo(f"  {mark} {name}")
    for name in bundle.removed:
        click.echo(f"  {click.style('-', fg='red')} {name}")
    for line in bundle.waived_lines:
        click.secho(f"  ! {visible(line)}", fg="yellow")
