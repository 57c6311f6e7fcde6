"""The plan: content-addressed steps in topological order, all that targets and runtime ever read.

Every class here is a frozen dataclass that is JSON without loss; `schemas/plan.schema.json` is
generated from them. Durations and instants are integers in microseconds (UTC for instants).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Discriminator

from .part import Part

PLAN_VERSION = 2
MAIN_JOB = "main"
"""The job that `onespec run` runs: everything but the monitors."""

Task = Literal["binary_classification", "regression"]
Level = Literal["error", "warn"]
ValueType = Literal["bool", "int", "float", "string", "timestamp", "date"]
OnMissing = Literal["null", "default", "reject"]


@dataclass(frozen=True, eq=False, repr=False)
class Program(Part):
    """One expression, lowered: its text, DuckDB SQL for batches, and typed IR for the request."""

    text: str
    sql: str
    ir: Any
    type: ValueType
    nullable: bool


@dataclass(frozen=True, eq=False, repr=False)
class Column(Part):
    """A column of a source, as locked."""

    name: str
    type: ValueType
    nullable: bool = True


@dataclass(frozen=True, eq=False, repr=False)
class SourceTable(Part):
    """How to read a source. `path` is relative to the project folder, or a URI."""

    name: str
    format: Literal["parquet", "csv", "json"]
    path: str
    columns: tuple[Column, ...]
    event_time: str | None = None
    created: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class AggregateProgram(Part):
    """`function(argument) filter (where …)`; arguments name columns of `ViewProgram.prepare`."""

    name: str
    function: str
    argument: str | None
    where: str | None


@dataclass(frozen=True, eq=False, repr=False)
class FieldProgram(Part):
    """One field of a view. For windows, `result` reads the aggregates; else the row itself."""

    name: str
    result: Program


@dataclass(frozen=True, eq=False, repr=False)
class Window(Part):
    """A trailing window: its name in feature references, and its length in microseconds."""

    name: str
    length: int


@dataclass(frozen=True, eq=False, repr=False)
class Feature(Part):
    """A column that a model reads: `reference` is `view.field` or `view.field_window`."""

    reference: str
    type: ValueType
    nullable: bool
    view: str
    field: str
    window: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class ViewProgram(Part):
    """A feature view, lowered.

    `keys` are the entity's key columns in the source, `inputs` the request columns of an
    on-demand view. `prepare` maps a prepared column (`_v0`, …) to the scalar expression over one
    source row that fills it. `where` keeps source rows. For `latest` and `static` views each
    field's result is one expression over prepared columns; for `window` views it is an
    expression over the aggregates, evaluated for every window.
    """

    name: str
    kind: Literal["latest", "window", "static", "on_demand"]
    features: tuple[Feature, ...]
    fields: tuple[FieldProgram, ...]
    entity: str | None = None
    keys: tuple[Column, ...] = ()
    source: SourceTable | None = None
    where: Program | None = None
    prepare: tuple[tuple[str, Program], ...] = ()
    aggregates: tuple[AggregateProgram, ...] = ()
    windows: tuple[Window, ...] = ()
    available_after: int = 0
    ttl: int | None = None
    inputs: tuple[Column, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Resources(Part):
    """What a step or replica is given. `cpu` and `gpu` may be fractions, `memory` is in bytes."""

    cpu: float = 1.0
    memory: int | None = None
    gpu: float = 0.0
    accelerator: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class DataCheck(Part):
    """One data test of a source. Only the fields that `kind` needs are set."""

    kind: Literal["not_null", "unique", "in_range", "accepted", "fresh", "row_count"]
    columns: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[Any, ...] = ()
    within: int | None = None
    level: Level = "error"


@dataclass(frozen=True, eq=False, repr=False)
class Split(Part):
    """Shares of the examples. `time` cuts by event time, with `gap` between the parts."""

    by: Literal["time", "random"]
    train: float
    validation: float
    test: float
    gap: int = 0
    seed: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class Gate(Part):
    """`subject comparison bound`, e.g. `test.roc_auc >= champion.roc_auc - 0.005`.

    `subject` is a metric path (`test.roc_auc`, `slice.origin.roc_auc` for the worst slice,
    `serving.latency_p99` in seconds). The bound is `constant`, plus the champion's value of
    `champion` when it is set.
    """

    text: str
    subject: str
    comparison: Literal[">=", "<=", ">", "<"]
    constant: float
    champion: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Estimator(Part):
    """An estimator of the registry, with its parameters."""

    name: str
    family: str
    params: Mapping[str, Any] = field(default_factory=dict)


# --- what each kind of step is told ---------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class SourceParams(Part):
    """Establish the content identity of a source."""

    source: SourceTable
    kind: Literal["source"] = "source"


@dataclass(frozen=True, eq=False, repr=False)
class CheckSourceParams(Part):
    """Run all data tests of a source in one scan."""

    source: SourceTable
    checks: tuple[DataCheck, ...]
    kind: Literal["check_source"] = "check_source"


@dataclass(frozen=True, eq=False, repr=False)
class ExamplesParams(Part):
    """Make the spine of a point-in-time join from the rows of a source.

    The value holds `__row` (row number in the source), `__time`, `columns` of the source, and
    `label` when there is one. Examples whose label is not mature are left out. With `last`, only
    rows of the final `last` microseconds before the run's instant are kept.
    """

    source: SourceTable
    columns: tuple[str, ...]
    where: Program | None = None
    label: Program | None = None
    label_available_after: int = 0
    last: int | None = None
    kind: Literal["examples"] = "examples"


@dataclass(frozen=True, eq=False, repr=False)
class FeaturesParams(Part):
    """Compute one view for every example, aligned row by row."""

    view: ViewProgram
    examples_source: str
    kind: Literal["features"] = "features"


@dataclass(frozen=True, eq=False, repr=False)
class TrainingSetParams(Part):
    """Put examples and features side by side and assign each row to a split."""

    features: tuple[Feature, ...]
    split: Split
    kind: Literal["training_set"] = "training_set"


@dataclass(frozen=True, eq=False, repr=False)
class TrainParams(Part):
    """Fit the estimator, export it as ONNX, and compare the two on real rows."""

    model: str
    task: Task
    features: tuple[Feature, ...]
    estimator: Estimator
    seed: int = 0
    kind: Literal["train"] = "train"


@dataclass(frozen=True, eq=False, repr=False)
class EvaluateParams(Part):
    """Metrics on every split and slice, and permutation importance on the test split."""

    model: str
    task: Task
    features: tuple[Feature, ...]
    slices: tuple[str, ...]
    seed: int = 0
    kind: Literal["evaluate"] = "evaluate"


@dataclass(frozen=True, eq=False, repr=False)
class ProfileParams(Part):
    """Describe the training split: what monitors compare with."""

    model: str
    task: Task
    features: tuple[Feature, ...]
    kind: Literal["profile"] = "profile"


@dataclass(frozen=True, eq=False, repr=False)
class ProbeParams(Part):
    """Load the candidate in a child process, score golden rows, measure one-row latency."""

    model: str
    task: Task
    features: tuple[Feature, ...]
    kind: Literal["probe"] = "probe"


@dataclass(frozen=True, eq=False, repr=False)
class RegisterParams(Part):
    """Record a model version in the ledger."""

    model: str
    kind: Literal["register"] = "register"


@dataclass(frozen=True, eq=False, repr=False)
class GateParams(Part):
    """Hold the candidate against its gates; a gate that fails fails the step."""

    model: str
    gates: tuple[Gate, ...]
    kind: Literal["gate"] = "gate"


@dataclass(frozen=True, eq=False, repr=False)
class PromoteParams(Part):
    """Move the alias `champion` to the version that passed."""

    model: str
    kind: Literal["promote"] = "promote"


@dataclass(frozen=True, eq=False, repr=False)
class MaterializeParams(Part):
    """Write a view's values as of the run's instant to the online store."""

    view: ViewProgram
    kind: Literal["materialize"] = "materialize"


@dataclass(frozen=True, eq=False, repr=False)
class ScoreParams(Part):
    """Score a batch of examples with the champion; publish Parquet under `output`."""

    deployment: str
    model: str
    features: tuple[Feature, ...]
    keys: tuple[str, ...]
    output: str
    kind: Literal["score"] = "score"


@dataclass(frozen=True, eq=False, repr=False)
class Drift(Part):
    """Compare each feature and the prediction with the training profile."""

    method: Literal["psi", "ks", "js"]
    warn: float
    alert: float
    features: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Performance(Part):
    """A metric on the rows whose labels have arrived."""

    metric: str
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Service(Part):
    """Service health read from the prediction log; the latency in seconds, the rate a share."""

    latency_p99: float | None = None
    error_rate: float | None = None


@dataclass(frozen=True, eq=False, repr=False)
class LabelJoin(Part):
    """Where the outcome of a logged prediction is found once it is known."""

    source: SourceTable
    where: Program | None
    label: Program
    label_available_after: int
    keys: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class MonitorParams(Part):
    """Compare a deployment's prediction log with its training profile."""

    monitor: str
    deployment: str
    deployment_kind: Literal["online", "batch"]
    model: str
    task: Task
    features: tuple[Feature, ...]
    window: int
    minimum_rows: int
    drift: Drift | None = None
    performance: Performance | None = None
    service: Service | None = None
    labels: LabelJoin | None = None
    retrain: str | None = None
    cooldown: int = 0
    kind: Literal["monitor"] = "monitor"


StepParams = Annotated[
    SourceParams
    | CheckSourceParams
    | ExamplesParams
    | FeaturesParams
    | TrainingSetParams
    | TrainParams
    | EvaluateParams
    | ProfileParams
    | ProbeParams
    | RegisterParams
    | GateParams
    | PromoteParams
    | MaterializeParams
    | ScoreParams
    | MonitorParams,
    Discriminator("kind"),
]


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
class Endpoint(Part):
    """An online deployment, with all that the scoring application needs.

    A request row holds `entity_keys` and `inputs`, or the values of `features` by reference.
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
    at: str = ""


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
    version: int = PLAN_VERSION

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

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
