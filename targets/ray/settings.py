"""What the Ray target can be told."""

from pydantic import BaseModel, ConfigDict, Field

from ...specs.sections.base import Size, Value
from ..machines import MachineSettings


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Group(_Strict):
    """Machines of one kind."""

    machine: dict[str, Value] = Field(
        default_factory=dict, examples=[{"InstanceType": "m7i.2xlarge"}]
    )
    """The machine in the provider's own words, Ray's `node_config`."""
    cpu: int | None = Field(default=None, gt=0)
    """Its cores; as many as the largest step asks for when left out."""
    memory: Size | None = None
    """Its memory for Ray; as much as the largest step asks for when left out."""
    gpu: int | None = Field(default=None, gt=0)
    """Its GPUs; as many as the largest step asks for when left out."""
    min: int = Field(default=0, ge=0)
    """How many there are at all times."""
    max: int = Field(default=4, ge=1)
    """How many there are at most."""


class Launcher(_Strict):
    """`launcher:` a cluster that `ray up` starts, and that grows and shrinks with the work."""

    provider: dict[str, Value] = Field(examples=[{"type": "aws", "region": "eu-central-1"}])
    """Where the machines are, in Ray's words."""
    user: str = "ubuntu"
    """Who the launcher is on the machines, by ssh."""
    image: str | None = None
    """The container image that the nodes run; none when left out."""
    head: dict[str, Value] = Field(default_factory=dict, examples=[{"InstanceType": "m7i.large"}])
    """The head's machine in the provider's own words."""
    groups: dict[str, Group] = Field(default_factory=dict)
    """The machines by kind: `cpu`, `gpu`, or `gpu-` and the accelerator, as in `gpu-h100`."""
    idle_minutes: int = Field(default=5, ge=1)
    """A machine without work for so long goes."""
    setup: list[str] = Field(default_factory=list, examples=[["pip install -r requirements.txt"]])
    """Shell commands that prepare a node; they install onespec when left out."""


class RaySettings(MachineSettings):
    """`targets: {ray: …}`"""

    address: str = "auto"
    """The cluster: `auto` for the one on this machine, or the address of a job server."""
    project: str = "."
    """The project folder as the cluster sees it; it must be on storage that all nodes share."""
    state: str | None = None
    """The folder of the stores, as the cluster sees it; `.onespec` in the project if left out."""
    host: str = "127.0.0.1"
    """Where Ray Serve listens."""
    pip: list[str] = Field(default_factory=list)
    """Packages that the cluster installs for the job."""
    launcher: Launcher | None = None
    """A cluster that `ray up cluster.yaml` starts."""
