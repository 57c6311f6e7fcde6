"""`monitor:` what is watched once a model is in use."""

from typing import Any, Literal

from pydantic import Field, model_validator

from .base import Described, Duration, Name, Number, Section, Share


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
            raise ValueError(f"`warn` is {self.warn:g}, above `alert`, which is {self.alert:g}")
        return self


class Performance(Section):
    """A metric, once the labels have arrived."""

    metric: str
    """A metric of the model's task."""
    min: Number | None = None
    """An alert below this."""
    max: Number | None = None
    """An alert above this."""

    @model_validator(mode="before")
    @classmethod
    def _bounded(cls, data: Any) -> Any:
        if isinstance(data, dict) and "min" not in data and "max" not in data:
            raise ValueError("`performance` needs `min` or `max`")
        return data


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


class Monitor(Described):
    """A policy over the prediction log of a deployment."""

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

    @model_validator(mode="before")
    @classmethod
    def _watches_something(cls, data: Any) -> Any:
        if isinstance(data, dict):
            if not {"drift", "performance", "service"} & set(data):
                raise ValueError("a monitor needs `drift`, `performance` or `service`")
            if not {"every", "window"} & set(data):
                raise ValueError("a monitor needs `every` or `window`")
        return data
