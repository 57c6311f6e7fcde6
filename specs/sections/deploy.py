"""`deploy:` endpoints and batch jobs."""

from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from ..scalars import format_percentage
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


class Rollout(Section):
    """How a version that passed its gates takes over from the champion."""

    strategy: Literal["canary"] = "canary"
    """Some of the entities get the answers of the challenger, step by step more of them."""
    steps: list[Share] = Field(default=[0.1, 0.5, 1.0], examples=[["10%", "50%", "100%"]])
    """The challenger's share at each step; with the last, 100%, it is the champion."""
    watch: Name | None = None
    """A monitor of this endpoint, which must find nothing before the next step."""

    @model_validator(mode="after")
    def _climb(self) -> "Rollout":
        sentence = _steps_problem(self.steps)
        if sentence:
            raise wrong_at("steps", sentence, self.steps)
        return self


def _steps_problem(steps: list[float]) -> str:
    shown = [format_percentage(step) for step in steps]
    if not steps or steps[-1] != 1:
        last = f", not {shown[-1]}" if steps else ""
        return f"the last of the `steps` must be 100%{last}: then the challenger is the champion"
    for before, after in pairwise(steps):
        if before >= after:
            earlier, later = format_percentage(before), format_percentage(after)
            return f"the `steps` must grow, and {later} comes after {earlier}"
    if steps[0] == 0:
        return "a step of 0% asks the challenger nothing; begin with a share such as 10%"
    if len(steps) == 1:
        return "there must be a step below 100%; without one, leave `rollout` out"
    return ""


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
            "batch",
            ("on_missing", "defaults", "rollout", "shadow", "log"),
            "a `batch` deployment takes no `{other}`",
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
    rollout: Rollout | None = None
    """How a new version takes over; at once when left out."""
    shadow: Name | None = None
    """An alias of the model, such as `challenger`: it scores what is asked, and never answers."""
    resources: ServingResources = Field(default_factory=ServingResources)
    log: Log = Field(default_factory=Log)
