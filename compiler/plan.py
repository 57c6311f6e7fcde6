"""The plan: content-addressed steps in topological order, all that targets and runtime ever read.

Every class here is a frozen dataclass that is JSON without loss; `schemas/plan.schema.json` is
generated from them. Durations and instants are integers in microseconds (UTC for instants). What
steps are told is in `step_params`, expressions and views in `programs`; both are offered here, too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

from .part import Part
from .programs import (
    AggregateProgram,
    Column,
    Feature,
    FieldProgram,
    Program,
    SourceTable,
    ValueType,
    ViewProgram,
    Window,
)
from .step_params import (
    CheckSourceParams,
    DataCheck,
    Drift,
    Estimator,
    EvaluateParams,
    ExamplesParams,
    FeaturesParams,
    Gate,
    GateParams,
    LabelJoin,
    Level,
    MaterializeParams,
    MonitorParams,
    Performance,
    ProbeParams,
    ProfileParams,
    PromoteParams,
    RegisterParams,
    ScoreParams,
    Service,
    SourceParams,
    Split,
    StepParams,
    Task,
    TrainingSetParams,
    TrainParams,
)
from .stores import EMBEDDED, ArtifactsAt, LedgerAt, OnlineAt, Stores

__all__ = [
    "MAIN_JOB",
    "PLAN_VERSION",
    "AggregateProgram",
    "ArtifactsAt",
    "CheckSourceParams",
    "Column",
    "DataCheck",
    "Drift",
    "Endpoint",
    "Estimator",
    "EvaluateParams",
    "ExamplesParams",
    "Feature",
    "FeaturesParams",
    "FieldProgram",
    "Gate",
    "GateParams",
    "Job",
    "LabelJoin",
    "LedgerAt",
    "Level",
    "MaterializeParams",
    "MonitorParams",
    "OnMissing",
    "OnlineAt",
    "Performance",
    "Plan",
    "PredictionLog",
    "ProbeParams",
    "ProfileParams",
    "Program",
    "PromoteParams",
    "RegisterParams",
    "Replicas",
    "Resources",
    "Rollout",
    "ScoreParams",
    "Service",
    "SourceParams",
    "SourceTable",
    "Split",
    "Step",
    "StepParams",
    "Stores",
    "Task",
    "TrainParams",
    "TrainingSetParams",
    "ValueType",
    "ViewProgram",
    "Window",
]

PLAN_VERSION = 2
MAIN_JOB = "main"
"""The job that `onespec run` runs: everything but the monitors."""

OnMissing = Literal["null", "default", "reject"]


@dataclass(frozen=True, eq=False, repr=False)
class Resources(Part):
    """What a step or replica is given. `cpu` and `gpu` may be fractions, `memory` is in bytes.

    With `fallback: cpu` a step runs without its GPU where there is none.
    """

    cpu: float = 1.0
    memory: int | None = None
    gpu: float = 0.0
    accelerator: str | None = None
    fallback: Literal["cpu"] | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Step(Part):
    """One unit of work, the same under every target.

    `fingerprint` hashes what the step does: kind, version of our code, parameters, and the
    fingerprints of its inputs. The runtime adds the identity of the data to get the step's key.
    `inputs` are read. `guards` must hold before the step runs (the data tests of what it reads).
    `after` must have succeeded first, when they are part of the same run. Neither is read, so they
    change neither the result nor the key. `at` is the place
    in the spec that asked for it (`file:line`), `tags` are for selection; neither is hashed.
    """

    id: str
    fingerprint: str
    params: StepParams
    inputs: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    resources: Resources = Resources()
    at: str = ""
    tags: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.params.kind


@dataclass(frozen=True, eq=False, repr=False)
class Job(Part):
    """Steps that run together: on demand, or on a schedule (cron, UTC)."""

    name: str
    steps: tuple[str, ...]
    schedule: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Replicas(Part):
    """Autoscaling bounds of an endpoint."""

    minimum: int = 1
    maximum: int = 1


@dataclass(frozen=True, eq=False, repr=False)
class PredictionLog(Part):
    """What share of the requests is logged, and for how long (microseconds) it is kept."""

    sample: float = 1.0
    keep: int | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Rollout(Part):
    """The challenger's share at each step, growing to 1, and the monitor that must find nothing."""

    steps: tuple[float, ...]
    watch: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Endpoint(Part):
    """An online deployment, with all that the scoring application needs.

    A request row holds `entity_keys` and `inputs`, or the values of `features` by reference.
    `shadow` is the alias of a version that scores what is asked, and never answers.
    `label` is the type of the classes that a multiclass model answers with.
    """

    name: str
    model: str
    task: Task
    port: int
    entity_keys: tuple[Column, ...]
    inputs: tuple[Column, ...]
    views: tuple[ViewProgram, ...]
    features: tuple[Feature, ...]
    on_missing: OnMissing = "null"
    defaults: Mapping[str, Any] = field(default_factory=dict)
    log: PredictionLog = PredictionLog()
    replicas: Replicas = Replicas()
    resources: Resources = Resources()
    rollout: Rollout | None = None
    shadow: str | None = None
    at: str = ""
    label: ValueType | None = None


@dataclass(frozen=True)
class Plan:
    """A compiled spec. `as_of` pins the run's instant for historical data; None means now."""

    name: str
    spec: str
    steps: tuple[Step, ...]
    jobs: tuple[Job, ...]
    endpoints: tuple[Endpoint, ...] = ()
    as_of: int | None = None
    environment: str | None = None
    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stores: Stores = EMBEDDED
    version: int = PLAN_VERSION

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of all secrets that a runner of this plan has to know, sorted."""
        return self.stores.secrets

    def __getstate__(self) -> dict[str, Any]:
        """The fields: what was worked out of them is not sent along."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def text(self) -> str:
        """The plan file: every target's bundle holds it."""
        from .plan_writer import written

        return written(self)

    def step(self, step_id: str) -> Step:
        """Raises KeyError when there is no such step."""
        return self._by_id[step_id]

    @cached_property
    def _by_id(self) -> dict[str, Step]:
        return {step.id: step for step in self.steps}

    def endpoint(self, name: str) -> Endpoint:
        """Raises KeyError when there is no such endpoint."""
        for endpoint in self.endpoints:
            if endpoint.name == name:
                return endpoint
        raise KeyError(name)

    def job(self, name: str) -> Job:
        """Raises KeyError when there is no such job."""
        for job in self.jobs:
            if job.name == name:
                return job
        raise KeyError(name)
