"""The whole spec."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from .base import Described, IncludePath, Instant, Name, TargetName, Value, Version
from .deploy import Deployment
from .entities import Entity
from .features import FeatureView
from .models import Model
from .monitor import Monitor
from .sources import Source
from .stores import Stores


class Spec(Described):
    """A machine-learning product: sources, features, models, deployment, monitoring."""

    onespec: Version
    """The version of the language."""
    name: Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$", max_length=53)]
    """The product's name: lower-case letters, digits and hyphens."""
    as_of: Instant | None = None
    """The instant that runs are for, where the data has ended; now when left out."""
    include: list[IncludePath] = Field(
        default_factory=list, examples=[["../library/weather.yaml", "monitors.yaml"]]
    )
    """Files whose declarations are added, by their paths relative to this file."""
    sources: dict[Name, Source] = Field(min_length=1)
    entities: dict[Name, Entity] = Field(default_factory=dict)
    features: dict[Name, FeatureView] = Field(default_factory=dict)
    models: dict[Name, Model] = Field(default_factory=dict)
    deploy: dict[Name, Deployment] = Field(default_factory=dict)
    monitor: dict[Name, Monitor] = Field(default_factory=dict)
    stores: Stores = Field(default_factory=Stores)
    environments: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    """Overlays: dotted paths and the values that replace those of the spec."""
    targets: dict[TargetName, dict[str, Value]] = Field(default_factory=dict)
    """What to emit, and the settings of each target."""
