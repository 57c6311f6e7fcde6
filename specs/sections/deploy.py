"""`deploy:` endpoints and batch jobs."""

from typing import Literal

from pydantic import Field, model_validator

from .base import (
    Described,
    Duration,
    ExpressionText,
    FilePath,
    Name,
    Schedule,
    Section,
    Share,
    Value,
)
from .models import Resources
from .presence import Excludes, OneOf, Ruled, wrong_at


class Online(Section):
    """An HTTP endpoint."""

    model: Name
    """Its champion answers."""
    port: int = Field(default=8000, ge=1, le=65535)
    """Where it listens."""


class Batch(Section):
    """Scores for the rows of a source."""

    model: Name
    """Its champion scores."""
    source: Name
    """Whose rows are scored."""
    where: ExpressionText | None = None
    """Only rows for which this holds."""
    last: Duration | None = None
    """Only rows this recent; all rows when left out."""
    output: FilePath = Field(examples=["data/scores/"])
    """The folder for the Parquet files, relative to the spec."""


class Replicas(Section):
    """Autoscaling bounds."""

    min: int = Field(default=1, ge=1)
    """There are always this many."""
    max: int = Field(default=1, ge=1)
    """Under load there are up to this many."""

    @model_validator(mode="after")
    def _ordered(self) -> "Replicas":
        if self.min > self.max:
            sentence = f"`min` is {self.min}, above `max`, which is {self.max}"
            raise wrong_at("min", sentence, self.min, "max")
        return self


class ServingResources(Resources):
    """What each replica gets, and how many there are."""

    replicas: Replicas = Field(default_factory=Replicas)


class Log(Section):
    """The prediction log."""

    sample: Share = 1.0
    """The share of requests that is logged."""
    keep: Duration | None = None
    """How long the log is kept; for ever when left out."""


class Deployment(Described, Ruled):
    """A model in use: `online` or `batch`."""

    rules = (
        OneOf(("online", "batch"), "a deployment is either `online` or `batch`"),
        Excludes("online", ("schedule",), "an `online` deployment has no `schedule`"),
        Excludes(
            "batch", ("on_missing", "defaults", "log"), "a `batch` deployment takes no `{other}`"
        ),
    )

    online: Online | None = None
    batch: Batch | None = None
    schedule: Schedule | None = None
    """When a batch runs; on demand when left out."""
    on_missing: Literal["null", "default", "reject"] = "null"
    """What the endpoint does when a feature has no value."""
    defaults: dict[str, Value] = Field(default_factory=dict)
    """Values by feature, for `on_missing: default`."""
    resources: ServingResources = Field(default_factory=ServingResources)
    log: Log = Field(default_factory=Log)
