"""What each kind of step is told.

Every class is a frozen dataclass that is JSON without loss; `kind` tells them apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Discriminator

from .part import Part
from .programs import Feature, Program, SourceTable, ViewProgram

Task = Literal["binary_classification", "multiclass_classification", "regression"]
Level = Literal["error", "warn"]


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
    """Make the version that passed the champion, or the challenger in a rollout.

    `endpoint` is the one that rolls it out, by these `steps`; None where none does. How a version
    takes over is no part of what passed, so that neither enters the fingerprint.
    """

    model: str
    endpoint: str | None = None
    steps: tuple[float, ...] = ()
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
