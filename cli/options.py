"""Arguments that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

SPEC_NAMES = ("pipeline.yaml", "onespec.yaml")


def spec_argument(function: F) -> F:
    """The spec: a file, a folder that holds one, or the one in this folder."""
    return click.argument("spec", type=click.Path(path_type=Path), default=Path(), required=False)(
        function
    )


def environment_option(function: F) -> F:
    """The overlay to apply."""
    return click.option(
        "-e", "--env", "environment", metavar="NAME", help="Apply this overlay of `environments`."
    )(function)


def json_option(function: F) -> F:
    """For scripts."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(function)


def state_option(function: F) -> F:
    """Where the stores are."""
    return click.option(
        "--state",
        type=click.Path(path_type=Path),
        envvar="ONESPEC_STATE",
        help="The folder of the stores; `.onespec` beside the spec when left out.",
    )(function)


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
