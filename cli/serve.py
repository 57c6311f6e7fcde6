"""`onespec serve`"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import (
    address_option,
    environment_option,
    find_spec,
    name_option,
    project_option,
    spec_argument,
    state_option,
)

if TYPE_CHECKING:
    from ..compiler.interfaces.arms import Arm
    from ..compiler.plan import Endpoint


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec serve                        the only endpoint, on Ray Serve\n"
    "  onespec serve -n api --host process  in one process, without Ray\n"
    "  onespec serve -n api --port 0        on any free port\n\n"
    "\b\nThen, in another terminal (`onespec run` prints the whole line):\n"
    "  onespec predict origin=JFK …"
)
@spec_argument
@environment_option
@name_option
@click.option(
    "--host",
    "host",
    type=click.Choice(["ray", "process"]),
    default="ray",
    show_default=True,
    help="Ray Serve with its replicas, or this process alone.",
)
@click.option("--listen", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Instead of the spec's; 0 takes a free one."
)
@click.option(
    "--arm",
    type=click.Choice(["champion", "challenger", "shadow"]),
    help="Serve this arm alone and split nothing: for platforms that split requests themselves.",
)
@address_option
@click.option("--fast-ingress", is_flag=True, help="Put HAProxy before Ray Serve (`--host ray`).")
@project_option
@state_option
def command(
    spec: Path,
    environment: str | None,
    name: str | None,
    host: str,
    listen: str,
    port: int | None,
    arm: "Arm | None",
    address: str | None,
    fast_ingress: bool,
    project: Path | None,
    state: Path | None,
) -> int:
    """Serve an endpoint: the champion answers, and predictions are logged as the spec says.

    A new champion is taken up while serving, and so is the challenger of a rollout with its share.
    The page /docs of the endpoint shows what it takes and gives. An arm that has no version yet is
    served all the same: it is not ready until there is one.
    """
    from ..runtime.serving.open import Hosted
    from .plans import endpoint_name, load_any

    plan, folder = load_any(find_spec(spec), environment, project)
    hosted = Hosted.of(plan, endpoint_name(plan, name), folder, state, arm=arm)
    if host == "process":
        from ..runtime.serving.host_process import serve_process

        _tell_what_is_ignored(hosted.endpoint)
        serve_process(hosted, host=listen, port=port, announce=_announce)
    else:
        from ..runtime.serving.host_ray import serve_ray

        serve_ray(
            hosted,
            address=address,
            host=listen,
            port=port,
            fast_ingress=fast_ingress,
            announce=_announce,
        )
    return 0


def _tell_what_is_ignored(endpoint: "Endpoint") -> None:
    """One process has no replicas, and reserves nothing."""
    asked = [
        *(["replicas"] if endpoint.replicas.maximum > 1 else []),
        *(["gpu"] if endpoint.resources.gpu else []),
        *(["memory"] if endpoint.resources.memory else []),
    ]
    if asked:
        words = " and ".join(f"`{word}`" for word in asked)
        click.secho(f"note: one process serves alone; {words} of the spec are for Ray", dim=True)


def _announce(url: str) -> None:
    click.echo(f"{click.style('✓', fg='green')} serving on {click.style(url, bold=True)}")
    click.echo(f"  {url}/docs shows what it takes; Ctrl-C drains and stops")
