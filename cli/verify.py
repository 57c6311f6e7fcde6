"""`onespec verify`"""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from .options import as_of_option, environment_option, find_spec, json_option, spec_argument

if TYPE_CHECKING:
    from ..compiler.graph import Graph
    from .parity.ways import Way


@click.group(
    epilog="\b\nExamples:\n"
    "  onespec verify parity            every target of the spec comes to the same"
)
def command() -> None:
    """Prove on this machine what onespec promises, with the spec and its data."""


@command.command(
    "parity",
    short_help="Run the same plan in every way, and compare.",
    epilog="\b\nExamples:\n"
    "  onespec verify parity                          every target of the spec\n"
    "  onespec verify parity -e dev                   on the small data of an environment\n"
    "  onespec verify parity --way inline --way ray\n"
    "  onespec verify parity --airflow ~/airflow/bin/airflow -o parity/",
)
@spec_argument
@environment_option
@click.option(
    "--way",
    "names",
    metavar="WAY",
    multiple=True,
    help="`inline`, `steps`, or a target whose files can be tried here; repeatable. "
    "All of them when left out.",
)
@click.option(
    "--airflow",
    metavar="PROGRAM",
    default="airflow",
    show_default=True,
    help="The `airflow` of an environment of its own.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder for the certificate, parity.json and parity.md.",
)
@as_of_option
@json_option
def parity_command(
    spec: Path,
    environment: str | None,
    names: tuple[str, ...],
    airflow: str,
    output: Path | None,
    as_of: int | None,
    as_json: bool,
) -> int:
    """Run the main job in several ways, and compare steps, order, keys and outputs.

    In one process, in a process for each step, and by the commands in the files of each target:
    on Ray, by Airflow, and as the containers of Kubernetes would be started. Each way has a copy of
    the project and stores of its own, which are removed at the end. What a clock measures, the
    latency of a model, is not compared. Exits with 1 on a difference.
    """
    from ..compiler.stores import EMBEDDED
    from ..runtime.clock import utc_now
    from ..targets.rehearsal import CannotRehearse
    from .parity.compare import compare
    from .parity.perform import Performance, perform
    from .parity.report import certificate, certificate_json, certificate_markdown
    from .parity.screen import show_certificate, show_way
    from .parity.stage import make_stage
    from .targets import compiled

    path = find_spec(spec)
    graph, plan = compiled(path, environment)
    instant = next(i for i in (as_of, plan.as_of, utc_now()) if i is not None)
    # Stores of an environment may be those of production; no key depends on where they are.
    plan = replace(plan, as_of=instant, stores=EMBEDDED)
    done: list[Performance] = []
    absent: dict[str, str] = {}
    for way in _ways(graph, names):
        with TemporaryDirectory(prefix="onespec-parity-") as folder:
            stage = make_stage(path.parent, Path(folder), {"airflow": airflow})
            try:
                done.append(perform(way, plan, stage))
            except CannotRehearse as error:
                absent[way.name] = str(error)
        if not as_json:
            show_way(way.name, done[-1] if way.name not in absent else absent[way.name])
    if len(done) < 2:
        raise click.UsageError("There is nothing to compare: name at least two ways that can run.")
    told = certificate(plan, compare(plan, done), absent)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        (output / "parity.json").write_text(certificate_json(told), "utf-8")
        (output / "parity.md").write_text(certificate_markdown(plan, told), "utf-8")
    if as_json:
        click.echo(certificate_json(told), nl=False)
    else:
        show_certificate(told, output)
    return 0 if told["same"] and not (names and absent) else 1


def _ways(graph: "Graph", names: tuple[str, ...]) -> "list[Way]":
    """Those that were named, or all; the first is what the others are held against."""
    from .parity.ways import INLINE, STEPS, way_of
    from .targets import settings_of

    targets = {name: settings_of(graph, name) for name in (*graph.spec.targets, "ray")}
    found = [INLINE, STEPS]
    found += [way for target in targets.values() if (way := way_of(*target)) is not None]
    known = {way.name: way for way in found}
    for name in names:
        if name not in known:
            raise click.UsageError(
                f"There is no way `{name}` to run this spec; there are: {', '.join(known)}."
            )
    return [known[name] for name in dict.fromkeys(names)] if names else found
