"""What the Ray target can be told."""

from pydantic import Field

from ..machines import MachineSettings


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
