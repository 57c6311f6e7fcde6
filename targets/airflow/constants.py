"""The constants at the head of a DAG file: where things are, and how steps run."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from ...compiler.interfaces.exit_codes import ALL_CACHED, GATE_SHUT, MISUSE
from ...compiler.plan import Plan
from ..python_text import Call, Code, python_lines
from .flows import Flow
from .instants import instant_of
from .settings import AirflowSettings, Pod, RunIn

STATE_FOLDER = ".onespec"


_ON_THE_PATH = RunIn.model_construct(_fields_set={"virtualenv"})


def runs_in(settings: AirflowSettings) -> RunIn:
    """The way of running steps; by default the command on the worker's PATH."""
    return settings.run_in or _ON_THE_PATH


def called(settings: AirflowSettings) -> dict[str, str]:
    """The user's functions by the event that calls them."""
    told = settings.callbacks
    if told is None:
        return {}
    both = {"failure": told.failure, "retry": told.retry}
    return {event: function for event, function in both.items() if function is not None}


def constant_lines(plan: Plan, flow: Flow, settings: AirflowSettings) -> Iterator[str]:
    """One assignment after the other, with what a reader must know above it."""
    pod = runs_in(settings).kubernetes_pod
    if pod is None:
        yield from _on_the_worker(settings)
    else:
        yield from _in_pods(settings, pod)
    state = [] if settings.state is None else ["--state", settings.state]
    yield from _assign("STATE", state)
    if plan.as_of is not None:
        yield from _assign("AS_OF", instant_of(plan.as_of).isoformat())
    for event, function in called(settings).items():
        module, _, name = function.partition(":")
        yield from _assign(f"ON_{event.upper()}", (module, name))
    yield "# A command that ends so is misused, or a gate that stays shut: no retry mends either."
    yield from _assign("FINAL", (MISUSE, GATE_SHUT))
    yield from _assign("ALL_CACHED", ALL_CACHED)
    if flow.kind != "monitor":
        yield "# When these are cached, nothing is to be done."
        yield from _assign("LAST", list(flow.last))
    if flow.alerts:
        yield from _assign("MONITOR", flow.monitor)


def _on_the_worker(settings: AirflowSettings) -> Iterator[str]:
    way = runs_in(settings)
    home = way.ray.virtualenv if way.ray else way.virtualenv
    yield "HERE = Path(__file__).resolve().parent"
    yield from _assign("PLAN", Call("str", [Code('HERE / "plan.json"')]))
    project = settings.project
    if project is None:
        project = "/".join([".."] * len(PurePosixPath(settings.bundle).parts)) or "."
    # A path that is absolute stays as it is.
    yield from python_lines(Call("str", [Call("Path", [Code("HERE"), project])]), "PROJECT = ")
    command = "onespec" if home is None else f"{home}/bin/onespec"
    yield from _assign("ONESPEC", command)
    if way.ray:
        yield from _assign("ON_RAY", ["--executor", "ray", "--address", way.ray.address])


def _in_pods(settings: AirflowSettings, pod: Pod) -> Iterator[str]:
    project = settings.project or "."
    yield "# Paths are those in the image."
    yield from _assign("PROJECT", project)
    yield from _assign("PLAN", f"{project}/{settings.bundle or '.'}/plan.json")
    yield from _assign("IMAGE", pod.image)
    yield from _assign("NAMESPACE", pod.namespace)
    yield from _assign("LABELS", dict(pod.labels))
    yield from _assign("SERVICE_ACCOUNT", pod.service_account)
    refs: list[object] = [{"secretRef": {"name": pod.secret}}] if pod.secret else []
    yield from _assign("ENV_FROM", refs)
    state = settings.state or f"{project}/{STATE_FOLDER}"
    volumes: list[Mapping[str, object]] = [{"name": "tmp", "emptyDir": {}}]
    mounts = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - of the container
    if pod.claim:
        volumes.append({"name": "state", "persistentVolumeClaim": {"claimName": pod.claim}})
        mounts.append({"name": "state", "mountPath": state})
    yield from _assign("VOLUMES", volumes)
    yield from _assign("MOUNTS", mounts)
    yield from _assign("NODE_SELECTOR", dict(pod.node_selector))
    yield from _assign("TOLERATIONS", list(pod.tolerations))
    yield from _assign("SMALL", {"requests": {"cpu": "1"}})


def _assign(name: str, value: object) -> Iterator[str]:
    return python_lines(value, f"{name} = ")
