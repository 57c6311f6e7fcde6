"""`onespec serve`"""

from pathlib import Path

import click

from .options import environment_option, find_spec, spec_argument, state_option


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec serve                        the only endpoint, on Ray Serve\n"
    "  onespec serve -n api --host process  in one process, without Ray\n"
    "  onespec serve -n api --port 0        on any free port\n\n"
    "\b\nThen, in another terminal:\n"
    "  onespec predict -n api origin=JFK …"
)
@spec_argument
@environment_option
@click.option("-n", "--name", help="The endpoint; the only one when left out.")
@click.option(
    "--host",
    "host",
    type=click.Choice(["ray", "process"]),
    default="ray",
    show_default=True,
    help="Ray Serve with its replicas, or this process alone.",
)
@click.option("--listen", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of the spec's; 0 for any.")
@click.option("--address", help="A Ray cluster; a local one is started when left out.")
@click.option("--fast-ingress", is_flag=True, help="Ray Serve behind HAProxy.")
@click.option("--project", type=click.Path(path_type=Path), help="The project folder of a plan.")
@state_option
def command(
    spec: Path,
    environment: str | None,
    name: str | None,
    host: str,
    listen: str,
    port: int | None,
    address: str | None,
    fast_ingress: bool,
    project: Path | None,
    state: Path | None,
) -> int:
    """Serve an endpoint: the champion answers, and every prediction is logged.

    The page /docs of the endpoint shows what it takes and gives.
    """
    from ..runtime.serving.open import Hosted
    from .plans import endpoint_name, load_any

    plan, folder = load_any(find_spec(spec), environment, project)
    hosted = Hosted.of(plan, endpoint_name(plan, name), folder, state)
    if host == "process":
        from ..runtime.serving.host_process import serve_process

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


def _announce(url: str) -> None:
    click.echo(f"{click.style('✓', fg='green')} serving on {click.style(url, bold=True)}")
    click.echo(f"  {url}/docs shows what it takes; Ctrl-C drains and stops")
