"""`monitor:` what is watched once a model is in use."""

from typing import Literal

from pydantic import Field, model_validator

from .base import Described, Duration, Name, Number, Section, Share
from .presence import Needs, Ruled, wrong_at


class Drift(Section):
    """Compare features and predictions with the training data."""

    method: Literal["psi", "ks", "js"] = "psi"
    """Population stability index, Kolmogorov-Smirnov, or Jensen-Shannon distance."""
    against: Literal["training"] = "training"
    """What to compare with."""
    warn: Number = 0.1
    """From here on it is mentioned."""
    alert: Number = 0.25
    """From here on it is an alert."""
    features: list[str] = Field(default_factory=list)
    """Only these features; all of the model's when left out."""

    @model_validator(mode="after")
    def _ordered(self) -> "Drift":
        if self.warn > self.alert:
            sentence = f"`warn` is {self.warn:g}, above `alert`, which is {self.alert:g}"
            raise wrong_at("warn", sentence, self.warn, "alert")
        return self


class Performance(Ruled):
    """A metric, once the labels have arrived."""

    rules = (Needs(("min", "max"), "`performance` needs `min` or `max`"),)

    metric: str
    """A metric of the model's task."""
    min: Number | None = None
    """An alert below this."""
    max: Number | None = None
    """An alert above this."""


class Service(Section):
    """Service health."""

    latency_p99: Duration | None = None
    """An alert above this."""
    error_rate: Share | None = None
    """An alert above this share."""


class OnAlert(Section):
    """What an alert starts."""

    retrain: Name
    """Train this model again; it must pass the same gates."""


class Monitor(Described, Ruled):
    """A policy over the prediction log of a deployment."""

    rules = (
        Needs(
            ("drift", "performance", "service"),
            "a monitor needs `drift`, `performance` or `service`",
        ),
        Needs(("every", "window"), "a monitor needs `every` or `window`"),
    )

    watch: Name
    """The deployment."""
    every: Duration | None = None
    """How often to look; on demand when left out."""
    window: Duration | None = None
    """How much of the log to look at; `every` when left out."""
    minimum_rows: int = Field(default=100, ge=1)
    """Fewer rows than this prove nothing."""
    drift: Drift | None = None
    performance: Performance | None = None
    service: Service | None = None
    on_alert: list[OnAlert] = Field(default_factory=list)
    cooldown: Duration = 86_400_000_000
    """The least time between two retrainings."""
