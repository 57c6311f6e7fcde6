"""The jobs of a plan as CronJobs: the whole pipeline, batches and monitors."""

from collections.abc import Iterator

from ...compiler.plan import MAIN_JOB, Job, MonitorParams, Plan, Resources, Step
from ..asks import is_monitor
from .cron_job import cron_job
from .kuberay.settings import KubeRay
from .object import Object
from .pod import PLAN_FILE, PROJECT, STATE
from .settings import KubernetesSettings


def jobs(plan: Plan, settings: KubernetesSettings) -> Iterator[Object]:
    """One CronJob a job, but for those that run on Ray clusters of their own."""
    for job in plan.jobs:
        if not runs_on_ray(job, settings.kuberay):
            yield _job(plan, settings, job)


def runs_on_ray(job: Job, kuberay: KubeRay | None) -> bool:
    """The main job; batches by the clock, where it was said so. A monitor is a look at a log, for
    which no cluster is started; a batch on demand waits as a suspended CronJob."""
    if kuberay is None or is_monitor(job):
        return False
    scheduled = job.schedule is not None and kuberay.schedules == "RayCronJob"
    return job.name == MAIN_JOB or scheduled


def _job(plan: Plan, settings: KubernetesSettings, job: Job) -> Object:
    """The steps of a job run in one pod, one after the other."""
    return cron_job(
        plan,
        settings,
        job.name,
        command_of(job),
        largest(steps_of(plan, job)),
        schedule=job.schedule,
        at=place_of(plan, job),
        says=_says(job),
    )


def command_of(job: Job) -> list[str]:
    """The command that runs a job."""
    state = ["--state", STATE]
    executor = ["--executor", "inline"]
    if is_monitor(job):
        watch = ["onespec", "monitor", "run", job.name, "--spec", PLAN_FILE]
        return [*watch, *executor, *state, "--fail-on-alert"]
    run = ["onespec", "run", PLAN_FILE, "--select", f"job:{job.name}"]
    return [*run, *executor, "--project", PROJECT, *state]


def place_of(plan: Plan, job: Job) -> str:
    """The line of the spec that a job is from; none for the main job, which is all of it."""
    return "" if job.name == MAIN_JOB or not job.steps else plan.step(job.steps[-1]).at


def _says(job: Job) -> str:
    if job.name == MAIN_JOB:
        return "Everything: checks, features, training, gates, promotion, batches."
    kind = "monitor" if is_monitor(job) else "batch"
    return f"`{job.name}`, a {kind}."


def steps_of(plan: Plan, job: Job) -> tuple[Step, ...]:
    """The steps that may run in a job's pod, those of a retraining included."""
    steps = [plan.step(step_id) for step_id in job.steps]
    retrained = {s.params.retrain for s in steps if isinstance(s.params, MonitorParams)}
    if retrained - {None}:
        steps += [plan.step(step_id) for step_id in plan.job(MAIN_JOB).steps]
    return tuple(steps)


def largest(steps: tuple[Step, ...]) -> Resources:
    """What a pod needs in which these steps run one after the other."""
    given = [step.resources for step in steps]
    memory = max((one.memory or 0 for one in given), default=0)
    types = [one.accelerator for one in given if one.accelerator]
    return Resources(
        max((one.cpu for one in given), default=1.0),
        memory or None,
        max((one.gpu for one in given), default=0.0),
        types[0] if types else None,
    )
