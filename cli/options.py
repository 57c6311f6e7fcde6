"""Arguments that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

SPEC_NAMES = ("pipeline.yaml", "onespec.yaml")


def _instant(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """An instant in ISO 8601 with a zone, as UTC microseconds."""
    if text is None:
        return None
    from ..specs.scalars import parse_instant

    try:
        return parse_instant(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _seconds(_context: click.Context, _option: click.Parameter, text: str | None) -> float:
    """A duration, in seconds."""
    if text is None:
        return 0.0
    from ..specs.scalars import parse_duration

    try:
        return parse_duration(text) / 1e6
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def spec_argument(function: F) -> F:
    """The spec: a file, a folder that holds one, or the one in this folder."""
    return click.argument("spec", type=click.Path(path_type=Path), default=Path(), required=False)(
        function
    )


def environment_option(function: F) -> F:
    """The overlay to apply."""
    return click.option(
        "-e",
        "--env",
        "environment",
        metavar="NAME",
        help="Apply these overrides: a name under `environments` in the spec.",
    )(function)


def json_option(function: F) -> F:
    """For scripts."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(function)


def findings_option(said: str) -> Callable[[F], F]:
    """How findings about a spec are told."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["human", "json", "sarif", "github"]),
        default="human",
        show_default=True,
        help=said,
    )


def state_option(function: F) -> F:
    """Where the stores are."""
    return click.option(
        "--state",
        type=click.Path(path_type=Path),
        envvar="ONESPEC_STATE",
        help="The folder of the stores; `.onespec` in the project folder when left out.",
    )(function)


def spec_option(function: F) -> F:
    """The spec, for commands whose arguments are something else."""
    return click.option(
        "--spec",
        type=click.Path(path_type=Path),
        default=Path(),
        help="The spec, or the folder that holds it; this folder when left out.",
    )(function)


def project_option(function: F) -> F:
    """What the paths of a plan are relative to."""
    return click.option(
        "--project",
        type=click.Path(path_type=Path, file_okay=False),
        help="The project folder: paths of sources are relative to it, and `.onespec` lies in it. "
        "When left out, the folder of the spec; for a plan file, the folder you are in.",
    )(function)


def as_of_option(function: F) -> F:
    """The instant, instead of the spec's or the clock's."""
    return click.option(
        "--as-of",
        callback=_instant,
        metavar="INSTANT",
        help="Pretend that it is this instant, e.g. 2026-01-31T00:00Z; "
        "when left out, `as_of` of the spec, or now.",
    )(function)


def executor_option(default: str) -> Callable[[F], F]:
    """Who runs the steps."""
    return click.option(
        "--executor",
        type=click.Choice(["ray", "inline"]),
        default=default,
        show_default=True,
        help="`ray` runs steps side by side, on this machine or a cluster; `inline` one after "
        "the other in this process.",
    )


def address_option(function: F) -> F:
    """Which Ray cluster."""
    return click.option(
        "--address",
        metavar="ADDRESS",
        help="A Ray cluster, e.g. ray://head:10001; a Ray of this machine when left out.",
    )(function)


def cluster_options(function: F) -> F:
    """How a cluster elsewhere is used."""
    ship = click.option(
        "--ship",
        is_flag=True,
        help="Send the project folder to the cluster, with the packages of `targets.ray.pip`; "
        "else its nodes must share the folder.",
    )
    wait = click.option(
        "--wait-for-nodes",
        "patience",
        callback=_seconds,
        metavar="DURATION",
        help="How long an autoscaler may take to add the nodes that the steps need, e.g. 10m; "
        "when left out, a step that fits on no node ends the run before it begins.",
    )
    return address_option(ship(wait(function)))


def name_option(function: F) -> F:
    """Which endpoint."""
    return click.option(
        "-n",
        "--name",
        metavar="NAME",
        help="The endpoint, by its name under `deploy`; the only one when left out.",
    )(function)


def select_options(function: F) -> F:
    """Which steps."""
    select = click.option(
        "-s",
        "--select",
        "patterns",
        metavar="WHAT",
        multiple=True,
        help="Only these steps; repeatable. The main job when left out. See below.",
    )
    exclude = click.option(
        "--exclude", metavar="WHAT", multiple=True, help="Not these steps; repeatable."
    )
    against = click.option(
        "--against",
        metavar="OLD",
        help="What `state:` compares with: a spec, its folder, a plan.json or a git revision; "
        "the last run when left out.",
    )
    return select(exclude(against(function)))


SELECTING = """
\b
What to select, as in dbt:
  late_arrival            all steps of a source, view, model, deployment or monitor
  train.late_arrival      a step; train.* or *.late_arrival for several
  +airport_load           with all that it stands on; 2+airport_load two steps up
  late_arrival+           with all that stands on it; late_arrival+1 one step down
  tag:nightly kind:train  by tag, or by kind of step
  job:main                the steps of a job
  state:changed state:new whose parameters or code are others; that were not there
  tag:nightly,kind:train  commas: only what all of them mean
"""


def why_option(function: F) -> F:
    """Why an alias is moved."""
    text = "The reason, for the audit log."
    return click.option("--why", metavar="TEXT", default="", help=text)(function)


def version_by_hand_options(function: F) -> F:
    """Which version is to move, why, and whether the gates are asked."""
    which = click.argument("which", metavar="MODEL@VERSION")
    text = "Although its gates have failed, or nobody knows."
    force = click.option("--force", is_flag=True, help=text)
    return which(why_option(force(place_options(function))))


def place_options(function: F) -> F:
    """What tells a command without a spec argument where things are, and how to print them."""
    return spec_option(environment_option(state_option(json_option(function))))


def find_spec(given: Path) -> Path:
    """The spec that an argument means. A file that is missing is left for the reader to report."""
    if not given.is_dir():
        return given
    for name in SPEC_NAMES:
        if (given / name).is_file():
            return given / name
    raise click.UsageError(
        f"There is no {' or '.join(SPEC_NAMES)} in {given.resolve()}. "
        "Name the spec, or start one with `onespec init`."
    )
