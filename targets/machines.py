"""What a target can be told about the machines that it runs on."""

from pydantic import BaseModel, ConfigDict, Field

from ..specs.sections.base import Size
from .target import Settings


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Node(_Strict):
    """The largest machine: no step and no replica can have more."""

    cpu: float = Field(gt=0)
    """Its cores."""
    memory: Size | None = None
    """Its memory; unknown when left out."""
    gpu: int = Field(default=0, ge=0)
    """Its GPUs."""
    accelerators: list[str] = Field(default_factory=list, examples=[["H100"]])
    """The types of GPU that there are; unknown when left out."""


class Cluster(_Strict):
    """All machines together: replicas of all endpoints must fit at the same time."""

    cpu: float | None = Field(default=None, gt=0)
    """Cores; unknown when left out."""
    memory: Size | None = None
    """Memory; unknown when left out."""
    gpu: int | None = Field(default=None, ge=0)
    """GPUs; unknown when left out."""


class MachineSettings(Settings):
    """For targets whose steps and replicas run on machines."""

    node: Node | None = None
    """The largest machine, so that what asks for more is found before anything runs."""
    cluster: Cluster | None = None
    """All machines together, as far as they can grow."""
