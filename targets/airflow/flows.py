"""Which DAGs a plan becomes, what each runs, and what starts it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ...compiler.plan import (
    MAIN_JOB,
    Job,
    MonitorParams,
    Plan,
    PromoteParams,
    ScoreParams,
    Step,
)
from ...compiler.upstream import upstream
from ...specs.document import Path
from ..asks import is_monitor

Kind = Literal["features", "training", "batch", "monitor", "retraining"]

_FEATURE_KINDS = ("source", "check_source", "materialize")


@dataclass(frozen=True, slots=True)
class Flow:
    """A DAG: the steps in the plan's order, and what starts it: a schedule (cron, UTC) or, where
    there is none, new versions of all `assets`.

    `outlets` are the assets of which steps make new versions. A monitor's alert makes one of the
    asset `alerts`, which starts a retraining. `at` is the place in the spec that it is named after.
    """

    kind: Kind
    dag_id: str
    steps: tuple[Step, ...]
    at: Path
    schedule: str | None = None
    assets: tuple[str, ...] = ()
    outlets: tuple[tuple[str, str], ...] = ()
    monitor: str = ""
    alerts: str = ""

    @property
    def last(self) -> tuple[str, ...]:
        """The steps that no other step of the DAG reads: when they are cached, all is done."""
        read = {i for step in self.steps for i in (*step.inputs, *step.guards)}
        return tuple(step.id for step in self.steps if step.id not in read)


def flows(plan: Plan, schedule: str | None = None, training: str | None = None) -> tuple[Flow, ...]:
    """All DAGs; `schedule` is that of the features, `training` that of the models."""
    return tuple(_flows(plan, schedule, training))


def _flows(plan: Plan, schedule: str | None, training: str | None) -> Iterator[Flow]:
    batches = [job for job in plan.jobs if job.name != MAIN_JOB and not is_monitor(job)]
    scored = {step_id for job in batches for step_id in job.steps}
    main = [plan.step(step_id) for step_id in plan.job(MAIN_JOB).steps]
    made = [step for step in main if step.kind in _FEATURE_KINDS]
    if made:
        yield Flow(
            "features",
            f"{plan.name}_features",
            tuple(made),
            ("name",),
            schedule,
            outlets=tuple(_feature_outlets(plan, made)),
        )
    trained = _closed(
        plan,
        [s.id for s in main if s.kind not in _FEATURE_KINDS and s.id not in scored],
    )
    if trained:
        yield Flow(
            "training",
            f"{plan.name}_training",
            trained,
            ("name",),
            training,
            assets=() if training else tuple(_sources_of(plan, trained)),
            outlets=tuple(_promotions(plan, trained)),
        )
    for job in batches:
        yield _batch(plan, job)
    for job in plan.jobs:
        if is_monitor(job):
            yield _monitor(plan, job)
    yield from _retrainings(plan)


def _closed(plan: Plan, steps: list[str]) -> tuple[Step, ...]:
    """The steps with all that they stand on, in the plan's order."""
    found = upstream(plan, steps)
    return tuple(step for step in plan if step.id in found)


def _feature_outlets(plan: Plan, steps: list[Step]) -> Iterator[tuple[str, str]]:
    """A source is new when its data tests have passed, a view when it can be looked up."""
    checked = {i for step in steps if step.kind == "check_source" for i in step.inputs}
    for step in steps:
        name = step.id.partition(".")[2]
        if step.kind == "check_source" or (step.kind == "source" and step.id not in checked):
            yield step.id, source_asset(plan, name)
        elif step.kind == "materialize":
            yield step.id, f"{plan.name}/view/{name}"


def _promotions(plan: Plan, steps: tuple[Step, ...]) -> Iterator[tuple[str, str]]:
    for step in steps:
        if isinstance(step.params, PromoteParams):
            yield step.id, model_asset(plan, step.params.model)


def _sources_of(plan: Plan, steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        if step.kind == "source":
            yield source_asset(plan, step.id.partition(".")[2])


def _batch(plan: Plan, job: Job) -> Flow:
    steps = tuple(plan.step(step_id) for step_id in job.steps)
    score = plan.step(f"score.{job.name}")
    assert isinstance(score.params, ScoreParams)
    return Flow(
        "batch",
        f"{plan.name}_batch_{job.name}",
        steps,
        ("deploy", job.name),
        job.schedule,
        assets=() if job.schedule else (model_asset(plan, score.params.model),),
        outlets=((score.id, f"{plan.name}/scores/{job.name}"),),
    )


def _monitor(plan: Plan, job: Job) -> Flow:
    steps = tuple(plan.step(step_id) for step_id in job.steps)
    watching = plan.step(f"monitor.{job.name}")
    assert isinstance(watching.params, MonitorParams)
    model = watching.params.retrain
    return Flow(
        "monitor",
        f"{plan.name}_monitor_{job.name}",
        steps,
        ("monitor", job.name),
        job.schedule,
        monitor=watching.id,
        alerts=retraining_asset(plan, model) if model else "",
    )


def _retrainings(plan: Plan) -> Iterator[Flow]:
    asked = (step.params.retrain for step in plan if isinstance(step.params, MonitorParams))
    for model in dict.fromkeys(model for model in asked if model):
        steps = _closed(plan, [f"promote.{model}"])
        yield Flow(
            "retraining",
            f"{plan.name}_retraining_{model}",
            steps,
            ("models", model),
            assets=(retraining_asset(plan, model),),
            outlets=tuple(_promotions(plan, steps)),
        )


def source_asset(plan: Plan, source: str) -> str:
    """What Airflow calls the data of a source."""
    return f"{plan.name}/source/{source}"


def model_asset(plan: Plan, model: str) -> str:
    """What Airflow calls the champion of a model."""
    return f"{plan.name}/model/{model}"


def retraining_asset(plan: Plan, model: str) -> str:
    """What Airflow calls the alerts that ask for training."""
    return f"{plan.name}/retraining/{model}"
