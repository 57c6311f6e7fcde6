"""Where a plan asks for something that a platform may not have: one function a capability."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..compiler.plan import Job, MonitorParams, Plan, Resources, ScoreParams, Step, TrainParams
from ..specs.document import Path


@dataclass(frozen=True, slots=True)
class Asked:
    """A place of the spec that asks: its path, what it asks for as a clause ("`nightly` has a
    schedule"), the line of the spec, and the command that does the work by hand, if there is one.
    """

    at: Path
    what: str
    line: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Consumer:
    """A step or an endpoint that asks for resources, written at `at` in the spec.

    `least` and `most` of it run at the same time.
    """

    name: str
    at: Path
    resources: Resources
    line: str
    least: int = 1
    most: int = 1
    serves: bool = False


def consumers(plan: Plan) -> Iterator[Consumer]:
    """Everything whose `resources` the spec can set, in plan order."""
    for step in plan:
        at = _resources_at(step)
        if at is not None:
            yield Consumer(at[1], at, step.resources, step.at)
    for one in plan.endpoints:
        least, most = one.replicas.minimum, one.replicas.maximum
        at = ("deploy", one.name, "resources")
        yield Consumer(one.name, at, one.resources, one.at, least, most, serves=True)


def _resources_at(step: Step) -> tuple[str, str, str] | None:
    match step.params:
        case TrainParams(model=model):
            return ("models", model, "resources")
        case ScoreParams(deployment=deployment):
            return ("deploy", deployment, "resources")
    return None


def schedules(plan: Plan) -> Iterator[Asked]:
    """Jobs that start by the clock."""
    lines = {step.id: step.at for step in plan}
    for job in plan.jobs:
        if job.schedule is not None:
            kind, key = ("monitor", "every") if is_monitor(job) else ("deploy", "schedule")
            command = "onespec monitor run" if is_monitor(job) else "onespec run --select"
            line = lines.get(job.steps[-1], "") if job.steps else ""
            what = f"`{job.name}` is to start by the clock"
            yield Asked((kind, job.name, key), what, line, f"{command} {job.name}")


def is_monitor(job: Job) -> bool:
    """Whether a job is a monitor's; else it is the main job or a batch."""
    return job.steps[-1:] == (f"monitor.{job.name}",)


def retraining(plan: Plan) -> Iterator[Asked]:
    """Monitors whose alert starts a training run."""
    for step in plan:
        if isinstance(step.params, MonitorParams) and step.params.retrain is not None:
            name = step.params.monitor
            what = f"an alert of `{name}` is to train `{step.params.retrain}`"
            at = ("monitor", name, "on_alert")
            yield Asked(at, what, step.at, f"onespec monitor run {name}")


def endpoints(plan: Plan) -> Iterator[Asked]:
    """Online deployments."""
    for one in plan.endpoints:
        what = f"`{one.name}` is to answer requests"
        yield Asked(("deploy", one.name, "online"), what, one.at, f"onespec serve -n {one.name}")


def several_endpoints(plan: Plan) -> Iterator[Asked]:
    """Every online deployment but the first."""
    for one in plan.endpoints[1:]:
        what = f"`{one.name}` is an endpoint beside `{plan.endpoints[0].name}`"
        yield Asked(("deploy", one.name, "online"), what, one.at, f"onespec serve -n {one.name}")


def several_ports(plan: Plan) -> Iterator[Asked]:
    """Endpoints whose port is not that of the first."""
    for one in plan.endpoints[1:]:
        first = plan.endpoints[0]
        if one.port != first.port:
            what = f"`{one.name}` asks for {one.port} beside {first.port} of `{first.name}`"
            yield Asked(("deploy", one.name, "online", "port"), what, one.at)


def replicas(plan: Plan) -> Iterator[Asked]:
    """Endpoints of which there are several at all times."""
    for one in plan.endpoints:
        if one.replicas.minimum > 1:
            what = f"`{one.name}` asks for {one.replicas.minimum} replicas"
            yield Asked(("deploy", one.name, "resources", "replicas", "min"), what, one.at)


def autoscaling(plan: Plan) -> Iterator[Asked]:
    """Endpoints of which there are more under load."""
    for one in plan.endpoints:
        low, high = one.replicas.minimum, one.replicas.maximum
        if low < high:
            what = f"`{one.name}` asks for {low} to {high} replicas"
            yield Asked(("deploy", one.name, "resources", "replicas", "max"), what, one.at)


def log_retention(plan: Plan) -> Iterator[Asked]:
    """Endpoints whose prediction log is not kept for ever."""
    for one in plan.endpoints:
        if one.log.keep is not None:
            what = f"the log of `{one.name}` is to be deleted after a time"
            yield Asked(("deploy", one.name, "log", "keep"), what, one.at)


def canary(plan: Plan) -> Iterator[Asked]:
    """Endpoints that roll a new version out by shares."""
    for one in plan.endpoints:
        if one.rollout is not None:
            what = f"`{one.name}` is to roll out new versions by shares"
            command = f"onespec serve -n {one.name}"
            yield Asked(("deploy", one.name, "rollout"), what, one.at, command)


def shadow(plan: Plan) -> Iterator[Asked]:
    """Endpoints with a version that scores what is asked and never answers."""
    for one in plan.endpoints:
        if one.shadow is not None:
            what = f"`{one.name}` is to have a shadow"
            command = f"onespec serve -n {one.name}"
            yield Asked(("deploy", one.name, "shadow"), what, one.at, command)


def cpu(plan: Plan) -> Iterator[Asked]:
    """Other than the one core that everything has."""
    return _resource(plan, "cpu", lambda r: r.cpu != 1, lambda r: f"{r.cpu:g} cores")


def cpu_fractions(plan: Plan) -> Iterator[Asked]:
    """A number of cores that is not whole."""
    return _resource(plan, "cpu", lambda r: r.cpu % 1 != 0, lambda r: f"{r.cpu:g} cores")


def memory(plan: Plan) -> Iterator[Asked]:
    """Memory by its amount."""
    return _resource(plan, "memory", lambda r: r.memory is not None, lambda _: "its own memory")


def gpu(plan: Plan) -> Iterator[Asked]:
    """GPUs."""
    return _resource(plan, "gpu", lambda r: r.gpu > 0, lambda r: _gpus(r.gpu))


def gpu_fractions(plan: Plan) -> Iterator[Asked]:
    """A number of GPUs that is not whole."""
    return _resource(plan, "gpu", lambda r: r.gpu % 1 != 0, lambda r: _gpus(r.gpu))


def accelerators(plan: Plan) -> Iterator[Asked]:
    """GPUs of a type."""
    return _resource(
        plan, "accelerator", lambda r: r.accelerator is not None, lambda r: f"{r.accelerator}"
    )


def gpu_fallback(plan: Plan) -> Iterator[Asked]:
    """Steps that run without their GPU where there is none."""
    return _resource(
        plan, "fallback", lambda r: r.fallback is not None, lambda _: "a CPU where there is no GPU"
    )


def _gpus(amount: float) -> str:
    return f"{amount:g} GPU{'' if amount == 1 else 's'}"


def _resource(
    plan: Plan, key: str, asks: Callable[[Resources], bool], told: Callable[[Resources], str]
) -> Iterator[Asked]:
    for one in consumers(plan):
        if asks(one.resources):
            what = f"`{one.name}` asks for {told(one.resources)}"
            yield Asked((*one.at, key), what, one.line)
