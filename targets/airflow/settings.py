"""What the Airflow target can be told."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ...specs.sections.base import Duration, Instant, Schedule
from ..target import Settings

_MINUTE = 60_000_000
_HOUR = 60 * _MINUTE

Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Function = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$", max_length=255),
    Field(description="A function of Python as `module:name`.", examples=["alerts.pager:page"]),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Pod(_Strict):
    """Each step in a pod of its own, by the KubernetesPodOperator."""

    image: Text
    """An image that holds onespec and the project."""
    namespace: Text = "default"
    """Where the pods run."""
    service_account: Text | None = None
    """The pods' service account; they never get its token."""
    secret: Text | None = None
    """A Kubernetes Secret whose keys become environment variables, such as `S3_SECRET_KEY`."""
    claim: Text | None = None
    """A persistent volume claim, mounted where the `state` lies."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Labels that the pods bear, beside Airflow's own."""
    tolerations: list[dict[str, str]] = Field(default_factory=list)
    """Kubernetes tolerations, for nodes that are set apart."""
    node_selector: dict[str, str] = Field(default_factory=dict)
    """Labels that a node must have."""


class RayCluster(_Strict):
    """Each step on a Ray cluster; Airflow's worker waits for it."""

    address: Text
    """Such as `ray://head:10001`."""
    virtualenv: Text | None = None
    """Where onespec with the extra `ray` is installed on the worker; on its PATH if left out."""


class RunIn(_Strict):
    """How steps run: one of the three."""

    virtualenv: Text | None = None
    """The virtual environment on Airflow's workers in which onespec is installed."""
    kubernetes_pod: Pod | None = None
    ray: RayCluster | None = None

    @model_validator(mode="after")
    def _one(self) -> "RunIn":
        if len(self.model_fields_set) != 1:
            raise PydanticCustomError(
                "one_way_to_run", "expected one of `virtualenv`, `kubernetes_pod` and `ray`"
            )
        return self


class Callbacks(_Strict):
    """Functions of yours that Airflow calls with a task's context; imported only then."""

    failure: Function | None = None
    """When a task has failed and is not tried again."""
    retry: Function | None = None
    """When a task is to be tried again."""


class AirflowSettings(Settings):
    """`targets: {airflow: …}`"""

    schedule: Schedule | None = None
    """When the features are made anew, in UTC; only by hand if left out."""
    training_schedule: Schedule | None = None
    """When models are trained; after each feature run if left out."""
    start_date: Instant = 1_735_689_600_000_000  # 2025-01-01
    """The first interval, for backfills and for `catchup`."""
    catchup: bool = False
    """Whether Airflow runs the intervals since `start_date` that were missed."""
    project: str | None = None
    """The project folder as the steps see it; found from where the DAG file lies if left out."""
    state: str | None = None
    """The folder of the stores; `.onespec` in the project if left out."""
    run_in: RunIn | None = None
    """How steps run; by the `onespec` on the PATH of Airflow's workers if left out."""
    owner: str | None = None
    """The owner that Airflow shows."""
    tags: list[Annotated[str, StringConstraints(min_length=1, max_length=100)]] = Field(
        default_factory=list
    )
    """Tags of the DAGs, beside `onespec` and the product's name."""
    retries: int = Field(default=2, ge=0, le=20)
    """How often a task is tried again. A gate that stays shut is not."""
    retry_delay: Duration = Field(default=_MINUTE, ge=1_000_000)
    """The wait before the first retry; each further one is twice as long."""
    max_retry_delay: Duration = Field(default=_HOUR, ge=1_000_000)
    """The longest wait."""
    timeout: Duration = Field(default=6 * _HOUR, ge=1_000_000)
    """How long one try of a task may take."""
    run_timeout: Duration = Field(default=24 * _HOUR, ge=1_000_000)
    """How long a run may take."""
    pool: str | None = None
    """The pool of Airflow that tasks take a slot of; its default pool if left out."""
    gpu_pool: str = "gpu"
    """The pool for steps with GPUs, which take as many slots as GPUs."""
    callbacks: Callbacks | None = None
