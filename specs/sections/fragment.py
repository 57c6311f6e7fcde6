"""`include:` what other files may declare for a spec."""

from typing import Any

from pydantic import Field

from .base import IncludePath, Name, Section, Version
from .deploy import Deployment
from .entities import Entity
from .features import FeatureView
from .models import Model
from .monitor import Monitor
from .sources import Source


class Fragment(Section):
    """A part of one spec or of many: whatever includes it has what it declares."""

    onespec: Version = 1
    """The version of the language."""
    include: list[IncludePath] = Field(default_factory=list, examples=[["weather.yaml"]])
    """Files whose declarations are added, by their paths relative to this file."""
    sources: dict[Name, Source] = Field(default_factory=dict)
    entities: dict[Name, Entity] = Field(default_factory=dict)
    features: dict[Name, FeatureView] = Field(default_factory=dict)
    models: dict[Name, Model] = Field(default_factory=dict)
    deploy: dict[Name, Deployment] = Field(default_factory=dict)
    monitor: dict[Name, Monitor] = Field(default_factory=dict)
    environments: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    """Overlays: dotted paths and the values that replace those of the spec."""
